import { beforeEach, describe, expect, it } from "vitest";
import { clientOf, FakeService, fail, ok } from "./fake-service.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
  service.jobs.set("a", { job_id: "a" });
});

describe("waiting for a job", () => {
  it("asks once when the job is over already", async () => {
    const { job } = await clientOf(service).wait("a", { seconds: 45 });
    expect(job.status).toBe("completed");
    expect(service.seen).toHaveLength(1);
  });

  it("asks nothing when the job is known to be over", async () => {
    const known = { job_id: "a", status: "completed" as const };
    expect((await clientOf(service).wait("a", { seconds: 45, known })).job).toBe(known);
    expect(service.seen).toHaveLength(0);
  });

  it("lets the server hold the request", async () => {
    await clientOf(service).wait("a", { seconds: 30 });
    expect(Number(service.seen[0]!.query.get("wait_seconds"))).toBeGreaterThan(29);
  });

  it("asks again where the server doesn't hold requests", async () => {
    service.looksNeeded = 3;
    const { job } = await clientOf(service).wait("a", { seconds: 45 });
    expect(job.status).toBe("completed");
    expect(service.seen).toHaveLength(3);
  });

  it("of 0 seconds reads the job once", async () => {
    service.looksNeeded = 9;
    expect((await clientOf(service).wait("a", { seconds: 0 })).job.status).toBe("processing");
    expect(service.seen.map((seen) => seen.query.size)).toEqual([0]);
  });

  it("ends with the running job when the time is over", async () => {
    service.looksNeeded = 1e9;
    expect((await clientOf(service).wait("a", { seconds: 0.4 })).job.status).toBe("processing");
  });

  it("reports progress while the job runs", async () => {
    service.looksNeeded = 3;
    const seen: unknown[] = [];
    await clientOf(service).wait("a", { seconds: 45, onProgress: (job) => seen.push(job.progress?.done) });
    expect(seen).toEqual([1, 2]);
  });

  it("stops with CANCELLED when the caller gives up", async () => {
    const controller = new AbortController();
    service.scripted.push(() => {
      controller.abort();
      return new Promise<Response>(() => {});
    });
    const wait = clientOf(service).wait("a", { seconds: 45, signal: controller.signal });
    await expect(wait).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("in a hurry answers with what is known", async () => {
    const hurry = new AbortController();
    service.scripted.push(() => {
      hurry.abort();
      return new Promise<Response>(() => {});
    });
    const known = { job_id: "a", status: "pending" as const };
    expect((await clientOf(service).wait("a", { seconds: 45, hurry: hurry.signal, known })).job).toBe(known);
  });

  it("in a hurry asks once more without waiting when nothing is known", async () => {
    const hurry = new AbortController();
    service.scripted.push(() => {
      hurry.abort();
      return new Promise<Response>(() => {});
    });
    const { job } = await clientOf(service).wait("a", { seconds: 45, hurry: hurry.signal });
    expect(job.status).toBe("completed");
    expect(service.seen[1]!.query.size).toBe(0);
  });

  it("keeps what is known when reading the job fails", async () => {
    service.scripted.push(() => ok({ job_id: "a", status: "processing" }));
    service.scripted.push(() => fail(401, { code: "INVALID_API_KEY", message: "no" }));
    const { job, problem } = await clientOf(service).wait("a", { seconds: 45 });
    expect(job.status).toBe("processing");
    expect(problem).toMatchObject({ code: "INVALID_API_KEY" });
  });

  it("fails when the job is unknown", async () => {
    await expect(clientOf(service).wait("b", { seconds: 45 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
