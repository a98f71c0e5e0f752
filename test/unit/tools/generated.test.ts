import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tools } from "../../../tools/index.ts";
import { README, SNAPSHOT, snapshot, toolTable, withTable } from "../../support/generated.ts";

// When one of these fails: `npm run docs`, look at the diff, and commit it with the change that made it.
describe("what is made from the tools", () => {
  it("has every tool's schema as it is committed (else run `npm run docs`)", () => {
    const committed = readFileSync(SNAPSHOT, "utf8");
    expect(JSON.parse(snapshot())).toEqual(JSON.parse(committed));
    expect(snapshot()).toBe(committed);
  });

  it("has the README's table as it is committed (else run `npm run docs`)", () => {
    const readme = readFileSync(README, "utf8");
    expect(withTable(readme)).toBe(readme);
    for (const { name } of tools) expect(toolTable()).toContain(`\`${name}\``);
  });

  it("leaves the rest of the README alone, and says when the markers are gone", () => {
    const readme = readFileSync(README, "utf8");
    const stale = readme.replace(/^\|.*`search_voices`.*\n/m, "");
    expect(stale).not.toBe(readme);
    expect(withTable(stale)).toBe(readme);
    expect(() => withTable("# no markers")).toThrow(/markers/);
  });
});
