import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { removeAudio } from "../../../src/service/audio-removal.ts";
import { JobRecords } from "../../../src/service/job-records.ts";
import { tidy } from "../../../src/service/tidy.ts";
import { openStore } from "../../../src/store/database.ts";
import { jobsWorkbench } from "../../support/jobs.ts";

const CANARY = "Xylophagous";

/** Files of the folder that have the word. */
const filesWith = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => existsSync(file) && /\.db/.test(file))
    .filter((file) => readFileSync(file).toString("latin1").toLowerCase().includes(CANARY.toLowerCase()));

async function finishedJob(bench: ReturnType<typeof jobsWorkbench>): Promise<string> {
  const jobId = await bench.submit(`${CANARY} beetles eat wood.`);
  const claim = await bench.leases("p").claim();
  await bench.work.run(claim!, new AbortController().signal);
  expect((await bench.row(jobId)).status).toBe("completed");
  return jobId;
}

describe("a removal that a crash cut short after its transaction", () => {
  it("is finished by the next start: the file goes, and the words leave the database's files", async () => {
    const bench = jobsWorkbench();
    const { store, blobs, audioFolder, folder } = bench;
    const jobId = await finishedJob(bench);
    const row = await bench.row(jobId);
    await store.transaction().execute((trx) => removeAudio(trx, [row], { eraseText: true, dryRun: false }));
    expect(readdirSync(audioFolder)).toHaveLength(1);
    expect(filesWith(folder)).not.toEqual([]);
    await tidy(store, blobs);
    expect(readdirSync(audioFolder)).toEqual([]);
    expect(filesWith(folder)).toEqual([]);
    expect(await store.selectFrom("settings").selectAll().execute()).toEqual([]);
  });
});

describe("erasing beside another process", () => {
  it("leaves nothing while the other one has the database open, too", async () => {
    const bench = jobsWorkbench();
    const { store, blobs, folder } = bench;
    const other = openStore(path.join(folder, "aittsm.db"));
    const silent = () => {};
    const log = { error: silent, warn: silent, info: silent, debug: silent };
    const jobId = await finishedJob(bench);
    expect(await other.selectFrom("job_texts").selectAll().execute()).toHaveLength(1);
    await new JobRecords({ store, blobs, log }).deleteAudio("local", jobId, { eraseText: true });
    expect(filesWith(folder)).toEqual([]);
    expect(await other.selectFrom("job_texts").selectAll().execute()).toEqual([]);
    await other.destroy();
    expect(filesWith(folder)).toEqual([]);
  });
});
