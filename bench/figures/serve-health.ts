import type { Measured } from "../harness/figure.ts";
import { ratio, sideOf } from "../harness/interleave.ts";
import { Load, percentile } from "../harness/load.ts";
import { ServeProcess } from "../harness/serve.ts";
import { prose } from "../harness/texts.ts";

const PROBES = 1_000;
const PROBE = { method: "GET", path: "/healthz", status: 200 } as const;

/** The slowest of a hundred health probes while both worker threads speak, against at rest. */
export async function healthUnderLoad(): Promise<Measured> {
  const server = await ServeProcess.start();
  const load = new Load(server.url, 2);
  const probe = async () => {
    const times: number[] = [];
    for (let i = 0; i < PROBES; i++) times.push((await load.one(PROBE)).ms);
    return times;
  };
  try {
    await probe();
    const atRest = await probe();
    const jobs = [await load.one(server.submit(prose(400_000))), await load.one(server.submit(prose(400_000)))];
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const busy = await probe();
    for (const { text } of jobs) {
      const { status } = JSON.parse((await load.one(server.read(JSON.parse(text).data.job_id))).text).data;
      if (status !== "processing") throw new Error(`a job was ${status} before the probes were over`);
    }
    return ratio(
      { ...sideOf("p99 while both threads speak", busy, "ms"), median: percentile(busy, 0.99) },
      { ...sideOf("p99 at rest", atRest, "ms"), median: percentile(atRest, 0.99) },
    );
  } finally {
    await load.close();
    await server.close();
  }
}
