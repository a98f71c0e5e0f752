import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { eventually, longText, newHome, type Program, startProgram } from "../support/program.ts";
import { audioFiles, creditsOf, inStore, jobRows, setCredits } from "../support/rows.ts";

const SEED = Number(process.env.AITTSM_TEST_SEED || Date.now() % 1_000_000);
const KILLS = Number(process.env.AITTSM_TEST_KILLS || 26);
/** Between the kills the servers are sometimes left in peace, so that no job meets more of them than one may. */
const KILLS_IN_A_ROW = 6;
const CREDITS = 10_000_000;
/** Before the process ends a round it may live so long, in milliseconds. */
const LONGEST_LIFE_MS = 700;

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Submitted {
  args: Record<string, unknown> & { text: string; idempotency_key: string };
  /** Somebody opens its stream, if it has one. */
  listens: boolean;
  /** As a server has answered, if one did. */
  jobId?: string;
}

/** Reads a stream for as long as its server lives. */
function listen(url: string): void {
  fetch(url)
    .then((response) => response.arrayBuffer())
    .catch(() => {});
}

describe("a server that is killed at any moment", () => {
  it(`loses no job, makes none twice and leaves no half file (seed ${SEED}, ${KILLS} kills)`, {
    timeout: 300_000,
  }, async () => {
    const next = random(SEED);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!;
    const home = newHome(temporaryFolder());
    const requests: Submitted[] = [];

    /** A new request: most are short, some take longer than a server lives. */
    const newRequest = (): Submitted => {
      const stream = next() < 0.25;
      const chars = next() < 0.25 ? 1_200 : pick([40, 200, 400]);
      const args = {
        text: longText(chars),
        output_format: pick(["wav", "mp3", "ogg_opus"]),
        sample_rate_hertz: pick([8_000, 16_000, 48_000]),
        speed: pick([1, 1.5, 3]),
        wait_seconds: 0,
        idempotency_key: `round-${requests.length}`,
        ...(stream && { delivery_mode: "stream" }),
      };
      const request = { args, listens: next() < 0.5 };
      requests.push(request);
      return request;
    };

    /** Sends requests without waiting, and notes the answers that come while the server lives. */
    const submit = (program: Program, request: Submitted): Promise<void> =>
      program.answerTo(program.postCall("generate_speech", request.args)).then(
        ({ result, error }) => {
          const answer = result?.structuredContent;
          if (!answer) throw new Error(`refused: ${JSON.stringify(result ?? error)}`);
          if (request.jobId) expect(answer.job_id).toBe(request.jobId);
          request.jobId = answer.job_id;
          if (request.listens && answer.stream_url) listen(answer.stream_url);
        },
        () => {}, // killed before it answered: the request is repeated with its key later
      );

    const settle = async (program: Program) => {
      const unanswered = requests.filter(({ jobId }) => !jobId);
      await Promise.all(unanswered.map((request) => submit(program, request)));
      for (const { jobId } of requests) await program.completed(jobId!);
    };

    // A first life without a kill makes the folder, so that the account can be given its credits.
    const founder = await startProgram(home);
    await founder.ok("search_voices");
    await setCredits(home, CREDITS);
    await founder.kill();

    for (let kill = 0; kill < KILLS; kill++) {
      const program = await startProgram(home);
      const answers: Promise<void>[] = [];
      const repeated = requests.filter(({ jobId }) => !jobId).slice(0, 2);
      for (const request of [...repeated, newRequest(), newRequest()]) answers.push(submit(program, request));
      // From before the first byte is read to the middle of the work; a quarter falls into the submits themselves.
      await sleep(next() < 0.25 ? next() * 60 : next() * LONGEST_LIFE_MS);
      await program.kill();
      await Promise.all(answers);
      if (kill % KILLS_IN_A_ROW === KILLS_IN_A_ROW - 1) {
        const calm = await startProgram(home);
        await settle(calm);
        await calm.kill();
      }
    }

    const last = await startProgram(home);
    await settle(last);
    last.endInput();
    expect((await last.exit).code).toBe(0);

    const rows = await jobRows(home);
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => "completed"));
    // Each key has one job, each job one key, and every answer that was ever given told of it.
    const keys = await inStore(home, (store) => store.selectFrom("idempotency").select(["key", "job_id"]).execute());
    const byKey = new Map(keys.map(({ key, job_id }) => [key, job_id]));
    expect(keys).toHaveLength(requests.length);
    expect(rows).toHaveLength(requests.length);
    for (const { args, jobId } of requests) expect(byKey.get(args.idempotency_key)).toBe(jobId);

    for (const row of rows) {
      const bytes = readFileSync(path.join(home.audioDir, row.blob_name!));
      expect(bytes.length).toBe(row.bytes);
      const audio = await decode(bytes, row.content_type);
      // A streamed mp3 has no tag that says how much of its first and last frames is padding (at 8 kHz 0.2 s).
      const tolerance = row.content_type === "audio/mpeg" && row.streaming ? 0.25 : 0.05;
      expect(Math.abs(audio.seconds - row.duration_seconds!)).toBeLessThan(tolerance);
      expect(audio.sampleRateHertz).toBeOneOf([row.sample_rate_hertz, 48_000]);
    }

    // The kills did meet jobs on their way.
    expect(rows.filter(({ attempt }) => attempt > 1).length).toBeGreaterThan(0);

    const charged = requests.reduce((sum, { args }) => sum + Buffer.byteLength(args.text), 0);
    expect(await creditsOf(home)).toBe(CREDITS - charged);

    // What killed processes left is swept when the next one starts.
    const sweeper = await startProgram(home);
    await sweeper.ok("search_voices");
    const named = rows.map(({ blob_name }) => blob_name).sort();
    await eventually("the sweep", () => audioFiles(home).length === named.length);
    expect(audioFiles(home)).toEqual(named);
    for (const name of named) expect(statSync(path.join(home.audioDir, name!)).size).toBeGreaterThan(0);
  });
});
