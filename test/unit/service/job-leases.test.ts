import { describe, expect, it } from "vitest";
import { completeJob } from "../../../src/service/job-end.ts";
import { connectionOf } from "../../../src/store/database.ts";
import { makeProcessId } from "../../../src/store/process-id.ts";
import { jobsWorkbench } from "../../support/jobs.ts";

const WORK_ONLY = { work: true, waiting: false };
const WAITING_ONLY = { work: false, waiting: true };

describe("claims", () => {
  it("take the first job of a kind that there is room for", async () => {
    const bench = jobsWorkbench();
    const [cloud, here] = [await bench.submit("Hello.", "cloud"), await bench.submit("Hello.")];
    const leases = bench.leases("a");
    expect(await leases.claim(WORK_ONLY)).toMatchObject({ jobId: here, waits: false });
    expect(await leases.claim(WORK_ONLY)).toBeUndefined();
    expect(await leases.claim(WAITING_ONLY)).toMatchObject({ jobId: cloud, waits: true });
    const later = [await bench.submit("Hello.", "cloud"), await bench.submit("Hello.")];
    expect([(await leases.claim())!.jobId, (await leases.claim())!.jobId]).toEqual(later);
  });

  it("take over what a process left that is gone, where there is room for it", async () => {
    const bench = jobsWorkbench();
    const gone = makeProcessId().replace(`/${process.pid}/`, "/99999999/");
    const jobId = await bench.submit("Hello.", "cloud");
    await bench.leases(gone).claim();
    expect(await bench.leases("a").claim(WORK_ONLY)).toBeUndefined();
    expect(await bench.leases("a").claim(WAITING_ONLY)).toMatchObject({ jobId, attempt: 2 });
  });

  it("and ends of jobs look at no more than the jobs in question, however many there are", async () => {
    const bench = jobsWorkbench();
    await bench.submit("Hello.");
    const connection = connectionOf(bench.store);
    const texts = new Set<string>();
    const { prepare } = connection;
    connection.prepare = (text) => {
      texts.add(text);
      return prepare.call(connection, text);
    };
    const leases = bench.leases("a");
    const claim = (await leases.claim())!;
    await leases.renew(claim);
    await bench.store.transaction().execute((trx) => completeJob(trx, claim, { bytes: 4, durationSeconds: 1 }));
    await leases.claim();
    const statements = [...texts].filter((text) => /^\s*(select|update|insert|delete)/i.test(text));
    expect(statements.length).toBeGreaterThanOrEqual(5);
    for (const text of statements) {
      const count = text.split("?").length - 1;
      const plan = prepare.call(connection, `explain query plan ${text}`).all(Array(count).fill(1)) as {
        detail: string;
      }[];
      expect(plan.filter(({ detail }) => detail.startsWith("SCAN jobs"))).toEqual([]);
    }
  });
});
