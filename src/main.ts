import "./console-to-stderr.ts";

// Each way to start loads only what it needs: an MCP client waits for the first.
const args = process.argv.slice(2);
if (args.length === 0) await (await import("./stdio.ts")).runStdio();
else await (await import("./cli/program.ts")).runCli(args);
