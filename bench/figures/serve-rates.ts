import type { Measured } from "../harness/figure.ts";
import { ratioOf } from "../harness/interleave.ts";
import { Load } from "../harness/load.ts";
import { ServeProcess, startBare } from "../harness/serve.ts";

const CONNECTIONS = 32;
const SLICE_MS = 1_000;

/** Runs with a server that has one finished job, and a bare Hono route that answers that job's JSON. */
async function beside<T>(run: (server: ServeProcess, load: Load, bare: Load, jobId: string) => Promise<T>): Promise<T> {
  const server = await ServeProcess.start();
  const load = new Load(server.url, CONNECTIONS);
  const { job_id } = JSON.parse((await load.one(server.submit("Hello."))).text).data;
  const answer = JSON.parse((await load.one(server.read(job_id, 20))).text);
  const bare = await startBare(answer);
  const bareLoad = new Load(bare.url, CONNECTIONS);
  try {
    return await run(server, load, bareLoad, job_id);
  } finally {
    await Promise.all([load.close(), bareLoad.close()]);
    await Promise.all([server.close(), bare.close()]);
  }
}

const BARE_ROUTE = { method: "GET", path: "/", status: 200 } as const;

/** Reading a job over HTTP with a key, against a bare route that answers the same. */
export function readRate(): Promise<Measured> {
  return beside((server, load, bare, jobId) =>
    ratioOf(
      { what: "GET /tts/{id}", once: () => load.rate(server.read(jobId), SLICE_MS) },
      { what: "bare Hono route", once: () => bare.rate(BARE_ROUTE, SLICE_MS) },
      { rounds: 6, warmUps: 2, unit: "req/s" },
    ),
  );
}

/** Submitting jobs, each safe on the disk before it is answered, while the jobs are made; against the same bare route. */
export function submitRate(): Promise<Measured> {
  return beside((server, load, bare) =>
    ratioOf(
      { what: "POST /tts", once: () => load.rate(server.submit("Hi."), SLICE_MS) },
      {
        what: "bare Hono route",
        once: async () => {
          await server.idle(load);
          return bare.rate(BARE_ROUTE, SLICE_MS);
        },
      },
      { rounds: 4, warmUps: 1, unit: "req/s" },
    ),
  );
}
