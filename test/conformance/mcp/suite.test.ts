import { afterAll, describe, expect, it } from "vitest";
import { startServer } from "../../support/serve.ts";
import { startKeyedProxy } from "./keyed-proxy.ts";
import { isFailure, readExpectedFailures, runSuite } from "./run.ts";

const REVISIONS = ["2025-11-25", "2026-07-28"];

const server = await startServer({ AITTSM_RATE_LIMIT_PER_MINUTE: "1000000" });
const proxy = await startKeyedProxy(server.url, (await server.key()).key);
afterAll(() => proxy.close());

// One after the other: each fills npx's cache for the next.
const runs = [];
for (const revision of REVISIONS) {
  const expected = readExpectedFailures(revision);
  runs.push({ revision, expected, ...(await runSuite(`${proxy.url}/api/v1/mcp`, revision)) });
}

describe.each(runs)("POST /api/v1/mcp under the MCP conformance suite at $revision", (run) => {
  const { revision, expected, scenarios } = run;

  const cases = scenarios.map(({ name, checks }) => {
    const reasons = expected.get(name) ?? new Map<string, string>();
    const failed = checks.filter(isFailure);
    // Some scenarios find nothing to ask of a server without sessions.
    const asked = checks.some(({ status }) => status !== "INFO" && status !== "SKIPPED");
    const whole = asked && reasons.size === 0;
    const done = `${asked ? "does" : "is asked nothing by"} ${name}`;
    const title = reasons.size === 0 ? done : `fails ${name} as expected: ${[...new Set(reasons.values())].join("; ")}`;
    return { title, reasons, failed, whole };
  });

  // A loop, because it.each cuts long titles.
  for (const { title, reasons, failed } of cases) {
    it(title, () => {
      const unexpected = failed.filter(({ id }) => !reasons.has(id));
      expect(unexpected.map(({ id, errorMessage }) => `${id}: ${errorMessage}`)).toEqual([]);
      const ids = new Set(failed.map(({ id }) => id));
      const stale = [...reasons.keys()].filter((id) => !ids.has(id));
      expect(stale, `no failures any more: take them out of expected-failures-${revision}.yml`).toEqual([]);
    });
  }

  it("has no expected failure of a scenario that did not run", () => {
    const names = scenarios.map(({ name }) => name);
    expect([...expected.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });

  it("passes by the suite's own verdict", () => {
    expect(run.exitCode, run.log.slice(-3_000)).toBe(0);
    const checks = scenarios.flatMap((scenario) => scenario.checks);
    const passed = checks.filter(({ status }) => status === "SUCCESS").length;
    const failed = checks.filter(isFailure).length;
    const whole = cases.filter((one) => one.whole).length;
    console.log(
      `MCP ${revision}: ${whole} of ${cases.length} scenarios whole; checks: ${passed} passed, ${failed} failed as expected`,
    );
  });
});
