import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Who may import whom (README, "For developers"). A key is a folder or file; the first that fits a file counts. Each file may
 * also import from its own folder. `!` in front of a target means: types only.
 */
const RULES: [place: string, may: string[]][] = [
  ["tools/", ["src/contract/", "!src/client/", "!src/config.ts", "src/errors.ts"]],
  ["src/contract/", ["src/errors.ts"]],
  ["src/client/", ["src/contract/", "src/errors.ts"]],
  ["src/mcp/", ["tools/", "src/client/", "src/contract/", "!src/config.ts", "src/errors.ts"]],
  ["src/server/", ["src/contract/", "src/service/", "src/errors.ts"]],
  [
    "src/service/",
    ["src/store/", "src/queue/", "src/blobs/", "src/speech/", "!src/engines/engine.ts", "src/errors.ts"],
  ],
  ["src/store/", ["src/errors.ts"]],
  ["src/queue/", []],
  ["src/blobs/", []],
  ["src/speech/", ["src/engines/", "src/errors.ts"]],
  ["src/engines/registry.ts", ["src/errors.ts"]],
  ["src/engines/shared/", ["src/engines/engine.ts", "src/errors.ts"]],
  ["src/engines/", ["src/engines/engine.ts", "src/engines/shared/", "src/errors.ts"]],
  // Of an engine: where its model lies. Of the store: whether the process that has a lock is gone.
  ["src/models/", ["src/engines/kokoro/layout.ts", "src/store/process-id.ts", "src/errors.ts"]],
  [
    "src/cli/",
    ["src/compose", "src/models/", "src/config.ts", "src/contract/", "!src/client/", "src/errors.ts", "src/version.ts"],
  ],
];
/** Wires everything: free to import, but imported by these only. */
const COMPOSITION = ["src/compose.ts", "src/compose-backend.ts", "src/compose-serve.ts", "src/compose-admin.ts"];
const MAY_COMPOSE = ["src/main.ts", "src/stdio.ts", "src/compose.ts", "src/compose-serve.ts", "src/cli/"];

const root = path.resolve(import.meta.dirname, "..");
const files = ["src", "tools"].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(folder, file.replaceAll("\\", "/"))),
);

interface Import {
  target: string;
  typeOnly: boolean;
}

/** The imports of a file that lead to files of ours. */
function importsOf(file: string): Import[] {
  const source = readFileSync(path.join(root, file), "utf8");
  const found: Import[] = [];
  for (const match of source.matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm,
  )) {
    const target = path.posix.join(path.posix.dirname(file), match[2] ?? match[3]!);
    const before = source.slice(Math.max(0, match.index - 12), match.index);
    found.push({ target, typeOnly: match[1] !== undefined || /typeof\s*$/.test(before) });
  }
  for (const match of source.matchAll(/^import\s+"(\.[^"]+)"/gm)) {
    found.push({ target: path.posix.join(path.posix.dirname(file), match[1]!), typeOnly: false });
  }
  return found;
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

describe("the architecture", () => {
  it("finds the imports it judges", () => {
    expect(graph.get("src/compose-backend.ts")!.length).toBeGreaterThan(15);
    expect(graph.get("src/compose.ts")!.map(({ target }) => target)).toContain("src/compose-backend.ts");
  });

  it("lets every import follow the rules", () => {
    const broken: string[] = [];
    for (const [file, imports] of graph) {
      const rule = RULES.find(([place]) => file.startsWith(place));
      if (!rule) continue;
      const own = rule[0].endsWith("/") && rule[0] !== "src/engines/" ? rule[0] : `${path.posix.dirname(file)}/`;
      for (const { target, typeOnly } of imports) {
        const allowed =
          target.startsWith(own) ||
          rule[1].some((may) =>
            may.startsWith("!") ? typeOnly && target.startsWith(may.slice(1)) : target.startsWith(may),
          );
        if (!allowed) broken.push(`${file} → ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it("lets only the program and its commands compose", () => {
    const composers = [...graph].filter(([, imports]) =>
      imports.some(({ target, typeOnly }) => !typeOnly && COMPOSITION.includes(target)),
    );
    const others = composers.map(([file]) => file).filter((file) => !MAY_COMPOSE.some((may) => file.startsWith(may)));
    expect(others).toEqual([]);
  });

  it("has no cycles", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: string[]) => {
      if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
      if (done.has(file) || trail.includes(file)) return;
      for (const { target, typeOnly } of graph.get(file) ?? []) if (!typeOnly) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("keeps the contract layer's two files small, and every file readable", () => {
    const lines = (file: string) => readFileSync(path.join(root, file), "utf8").split("\n").length;
    expect(lines("src/contract/operation.ts") + lines("src/contract/wire.ts")).toBeLessThanOrEqual(210);
    expect(files.filter((file) => lines(file) > 320)).toEqual([]);
  });

  it("has only the folders at the top that the design names", () => {
    const expected = [".ci", "bench", "bin", "models", "src", "test", "tools"];
    const present = readdirSync(root).filter((name) => statSync(path.join(root, name)).isDirectory());
    const made = ["node_modules", "dist", "reports", "coverage", ".git", ".vscode", ".idea"];
    expect(present.filter((name) => !made.includes(name)).sort()).toEqual(expected);
  });
});
