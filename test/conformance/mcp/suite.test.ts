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
    const title = reasons.size === 0 ? `does ${name}` : `fails ${name} as expected: ${[...new Set(reasons.values())]}`;
    return { title, reasons, failed };
  });

  it.each(cases)("$title", ({ reasons, failed }) => {
    const unexpected = failed.filter(({ id }) => !reasons.has(id));
    expect(unexpected.map(({ id, errorMessage }) => `${id}: ${errorMessage}`)).toEqual([]);
    const ids = new Set(failed.map(({ id }) => id));
    const stale = [...reasons.keys()].filter((id) => !ids.has(id));
    expect(stale, `no failures any more: take them out of expected-failures-${revision}.yml`).toEqual([]);
  });

  it("has no expected failure of a scenario that did not run", () => {
    const names = scenarios.map(({ name }) => name);
    expect([...expected.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });

  it("passes by the suite's own verdict", () => {
    expect(run.exitCode, run.log.slice(-3_000)).toBe(0);
    const checks = scenarios.flatMap((scenario) => scenario.checks);
    const passed = checks.filter(({ status }) => status === "SUCCESS").length;
    const failed = checks.filter(isFailure).length;
    const whole = cases.filter(({ reasons }) => reasons.size === 0).length;
    console.log(
      `MCP ${revision}: ${whole} of ${cases.length} scenarios whole; checks: ${passed} passed, ${failed} failed as expected`,
    );
  });
});
