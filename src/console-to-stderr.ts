import { Console } from "node:console";

// Imported before everything else: stdout belongs to JSON-RPC, and any library may print.
globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
