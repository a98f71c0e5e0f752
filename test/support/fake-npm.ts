import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A made-up npm, which notes how it is called and installs empty packages as the lockfile says. */
export interface FakeNpm {
  /** As `npm_execpath` has it. */
  script: string;
  command: string;
  args: string[];
  calls(): { argv: string[]; cwd: string; env: Record<string, string>; files: string[] }[];
}

/** @param body runs instead of installing; CommonJS with `install(name)`, `locked` and `fits(name)` at hand */
export function fakeNpm(
  folder: string,
  body = "for (const name of Object.keys(locked)) if (fits(name)) install(name);",
): FakeNpm {
  const script = path.join(folder, "npm-cli.js");
  const log = path.join(folder, "npm.log");
  writeFileSync(
    script,
    `const fs = require("node:fs"), path = require("node:path");
const argv = process.argv.slice(2);
const files = fs.readdirSync(".").sort();
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify({ argv, cwd: process.cwd(), env: process.env, files }) + "\\n");
const locked = Object.fromEntries(Object.entries(JSON.parse(fs.readFileSync("package-lock.json", "utf8")).packages)
  .filter(([place]) => place).map(([place, pack]) => [place.replace("node_modules/", ""), pack]));
const fits = (name) => (locked[name].os ?? [process.platform]).includes(process.platform) &&
  (locked[name].cpu ?? [process.arch]).includes(process.arch);
const install = (name, version = locked[name].version) => {
  fs.mkdirSync(path.join("node_modules", name), { recursive: true });
  fs.writeFileSync(path.join("node_modules", name, "package.json"), JSON.stringify({ name, version }));
};
${body}
`,
  );
  return {
    script,
    command: process.execPath,
    args: [script],
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []).map((line) => JSON.parse(line)),
  };
}
