import { readFileSync, writeFileSync } from "node:fs";
import { README, SNAPSHOT, snapshot, withTable } from "./generated.ts";

// `npm run docs`
writeFileSync(SNAPSHOT, snapshot());
writeFileSync(README, withTable(readFileSync(README, "utf8")));
