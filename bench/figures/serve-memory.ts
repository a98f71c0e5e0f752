import { readFileSync } from "node:fs";
import type { Measured } from "../harness/figure.ts";
import { ratio, sideOf } from "../harness/interleave.ts";
import { Load } from "../harness/load.ts";
import { ServeProcess } from "../harness/serve.ts";

const [FEW, MANY] = [200, 2_000];
const SAMPLES = 10;

/** Resident memory of a process in MiB (Linux). */
function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kib) / 1024;
}

/** What the server holds after 2,000 jobs, against after 200. */
export async function memoryOfManyJobs(): Promise<Measured> {
  const server = await ServeProcess.start();
  const load = new Load(server.url, 8);
  let made = 0;
  const after = async (jobs: number) => {
    const one = async () => {
      while (made < jobs) {
        made += 1;
        const { job_id } = JSON.parse((await load.one(server.submit("Hi."))).text).data;
        await load.one(server.read(job_id, 20));
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    const samples: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      samples.push(residentMiB(server.pid));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return samples;
  };
  try {
    const few = await after(FEW);
    const many = await after(MANY);
    return ratio(sideOf(`after ${MANY} jobs`, many, "MiB"), sideOf(`after ${FEW} jobs`, few, "MiB"));
  } finally {
    await load.close();
    await server.close();
  }
}
