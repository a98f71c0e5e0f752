import type { Measured } from "../harness/figure.ts";
import { ratio, sideOf } from "../harness/interleave.ts";
import { Load, percentile } from "../harness/load.ts";
import { ServeProcess } from "../harness/serve.ts";
import { prose } from "../harness/texts.ts";

const JOBS = 200;

/** 200 submits at the same moment: the slowest of a hundred against the middle one. All are made, none twice. */
export async function burst(): Promise<Measured> {
  const server = await ServeProcess.start();
  const load = new Load(server.url, JOBS);
  try {
    const answers = await Promise.all(Array.from({ length: JOBS }, () => load.one(server.submit(prose(100)))));
    const ids = new Set(answers.map(({ text }) => JSON.parse(text).data.job_id));
    await server.idle(load);
    const completed = await server.count(load, "completed");
    if (ids.size !== JOBS || completed !== JOBS) throw new Error(`${completed} of ${ids.size} jobs completed`);
    const times = answers.map(({ ms }) => ms);
    return ratio(
      { ...sideOf("p99 of a submit", times, "ms"), median: percentile(times, 0.99) },
      sideOf("p50 of a submit", times, "ms"),
    );
  } finally {
    await load.close();
    await server.close();
  }
}
