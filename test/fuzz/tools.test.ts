import { readFileSync } from "node:fs";
import path from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ComposedClient, composeClient } from "../../src/compose.ts";
import { isErrorCode } from "../../src/errors.ts";
import { runTool } from "../../src/mcp/pipeline.ts";
import { tools } from "../../tools/index.ts";
import { decode } from "../support/audio.ts";
import { testConfig } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";

const SEED = Number(process.env.AITTSM_TEST_SEED || Date.now() % 1_000_000);
/** A call that takes longer hangs. */
const HANG_MS = 60_000;
/** Part of many texts; it may come back in no answer. */
const CANARY = "quixotryzwick";

const reported: unknown[] = [];
const config = testConfig(temporaryFolder(), { AITTSM_OUTPUT_DIR: temporaryFolder() });
let composed: ComposedClient;
beforeAll(() => {
  composed = composeClient(config);
  return () => composed.close();
});

interface Answer {
  isError?: boolean;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a tool's answer
  data?: any;
  code?: string;
}

async function call(name: string, args: unknown): Promise<Answer> {
  const tool = tools.find((one) => one.name === name)!;
  const connect = async () => ({ client: composed.client, config });
  const never = new AbortController();
  const hang = setTimeout(() => never.abort(new Error("hang")), HANG_MS);
  const ran = await runTool(tool, args, connect, { signal: never.signal }, (error) => reported.push(error));
  const result = ran as CallToolResult; // nobody can be asked here
  clearTimeout(hang);
  expect(never.signal.aborted, `${name} hangs`).toBe(false);
  const { text } = result.content[0] as { text: string };
  // What goes out is JSON in UTF-8, whatever came in.
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  return {
    isError: result.isError,
    text,
    data: result.structuredContent,
    code: result.isError ? JSON.parse(text.split("\n").at(-1)!).code : undefined,
  };
}

/** Either what was wished, or a refusal that says what to do. */
function checkRefusal(answer: Answer, args: unknown): void {
  const told = `${answer.text}\nfor ${JSON.stringify(args)?.slice(0, 500)}\n${reported.at(-1) ?? ""}`;
  expect(isErrorCode(answer.code!), told).toBe(true);
  expect(answer.code, told).not.toBe("INTERNAL");
  expect(answer.text, told).toMatch(/^[A-Z_]+: .+ Hint: .+/s);
  expect(answer.data).toBeUndefined();
  expect(answer.text.length, told).toBeLessThan(4_000);
}

async function checkSpeech(answer: Answer, args: { text?: unknown }): Promise<void> {
  const said = typeof args.text === "string" ? args.text : "";
  // A file's name or a title may be named in an answer; the text may not.
  const { text: _, ...rest } = args;
  if (said.includes(CANARY) && !JSON.stringify(rest).includes(CANARY)) {
    expect(answer.text + JSON.stringify(answer.data ?? null)).not.toContain(CANARY);
  }
  if (answer.isError) return checkRefusal(answer, args);
  const { data } = answer;
  expect(data.job_id).toMatch(/^[0-9a-f-]{36}$/);
  if (data.status !== "completed") return;
  expect(path.isAbsolute(data.file_path)).toBe(true);
  const audio = await decode(readFileSync(data.file_path), data.content_type);
  expect(audio.seconds, JSON.stringify(args)).toBeGreaterThan(0);
  expect(Math.abs(audio.seconds - data.duration_seconds), JSON.stringify(args)).toBeLessThan(0.3);
  expect(data.chars_charged).toBe(Buffer.byteLength(said));
}

/** Texts as people, programs and attackers send them. */
const odd = fc.constantFrom(
  "-f",
  "--help",
  "\0",
  "a\0b",
  "<speak>Hello <break time='1s'/> there</speak>",
  "<speak><voice name='x'>",
  "<!DOCTYPE html><script>alert(1)</script>",
  "&lt;&amp;&#0;&#x110000;",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands
  "%s%n%d ${process.env} $(id) `id` '; DROP TABLE jobs; --",
  "../../etc/passwd",
  ".",
  "..",
  "\u202eright to left\u202c",
  "\ufeffbom",
  "\ud800",
  "\udc00 lone \ud83d",
  "e\u0301\u0301\u0301\u0301\u0301",
  "👩‍👩‍👧‍👦 family",
  "١٢٣ numbers ४५६ and Ⅷ ½ ³",
  "1234567890".repeat(30),
  "$1,234,567.89 on 31/12/1999 at 25:61, +49 (0) 30 / 123-45 x6, 1e400, -0, 0x1F, 1/0, 192.168.0.1",
  "http://user:pass@example.com:99999/%zz?q=a&b#c",
  "a".repeat(3_000),
  "ß".repeat(400),
  "-".repeat(2_000),
  "...!?!?".repeat(200),
  "I.B.M. Dr. Mr. St. No. vs. etc. e.g. i.e. A.M.",
  "\r\n\t\v\f\u0085\u2028\u2029",
  "世界 mixed with words مرحبا and Привет",
  `say ${CANARY} again`,
);
const text = fc.oneof(
  { weight: 4, arbitrary: odd },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 200 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 300 }) },
  // Lone surrogates and control characters.
  {
    weight: 2,
    arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 }).map((u) => String.fromCharCode(...u)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.string({ unit: "grapheme", maxLength: 40 }), odd, fc.string({ maxLength: 40 }))
      .map(([before, middle, after]) => `${before} ${CANARY} ${middle} ${after}`),
  },
);

const voice = fc.constantFrom(
  "flite:en-US-Clustergen-Rms",
  "flite:en-US-Clustergen-Slt",
  "flite:en-GB-Clustergen-Awb",
  "flite:en-US-Diphone-Kal",
);
const anything = fc.oneof(
  fc.anything({ withNullPrototype: true }),
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.json(),
);
/** A value of the right kind most times, else any. */
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: anything });

const speech = fc.record(
  {
    text: mostly(text),
    voice_id: mostly(voice),
    language: mostly(fc.constantFrom("en", "en-GB", "EN_us", "de", "", "x-klingon")),
    format: mostly(fc.constantFrom("text", "text", "text", "ssml")),
    speed: mostly(fc.double({ min: 0.25, max: 4, noNaN: true })),
    output_format: mostly(fc.constantFrom("wav", "mp3", "ogg_opus")),
    sample_rate_hertz: mostly(fc.constantFrom(8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 12_345)),
    output_bitrate_kbps: mostly(fc.constantFrom(32, 48, 64, 128, 7, 510)),
    delivery_mode: mostly(fc.constantFrom("async", "async", "stream")),
    title: mostly(fc.string({ unit: "binary", maxLength: 220 })),
    metadata: mostly(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 4 })),
    idempotency_key: mostly(fc.string({ unit: "binary", minLength: 1, maxLength: 260 })),
    save_to: mostly(fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), odd, fc.constantFrom("a.mp3", "b/c.wav"))),
    include: mostly(fc.constantFrom([], ["audio"], ["resource_link", "audio"])),
  },
  { requiredKeys: ["text"] },
);

const run = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>, numRuns: number) =>
  fc.assert(fc.asyncProperty(arbitrary, check), {
    seed: SEED,
    numRuns,
    interruptAfterTimeLimit: 30_000,
    markInterruptAsFailure: false,
  });

describe(`the tools, given anything (seed ${SEED})`, { timeout: 180_000 }, () => {
  it("generate_speech speaks any text, or says why it can't", async () => {
    const settings = fc.record({
      voice_id: voice,
      output_format: fc.constantFrom("wav", "mp3", "ogg_opus"),
      delivery_mode: fc.constantFrom("async", "async", "async", "stream"),
    });
    let spoken = 0;
    let refused = 0;
    await run(
      fc.tuple(text, settings),
      async ([said, rest]) => {
        const args = { text: said, ...rest };
        let answer = await call("generate_speech", args);
        if (answer.data?.status && rest.delivery_mode === "stream") {
          const { job_id } = answer.data;
          answer = await call("get_job_status", { job_id, wait_seconds: 55 });
        }
        await checkSpeech(answer, args);
        if (answer.isError) refused += 1;
        else {
          expect(answer.data.status).toBe("completed");
          spoken += 1;
        }
      },
      100,
    );
    expect(spoken).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(0);
  });

  it("generate_speech takes or refuses any arguments, and names the field it refuses", async () => {
    let accepted = 0;
    await run(
      speech,
      async (args) => {
        const answer = await call("generate_speech", args);
        await checkSpeech(answer, args);
        if (!answer.isError) accepted += 1;
        if (answer.code !== "INVALID_INPUT") return;
        expect(
          [...Object.keys(args), "text"].some((name) => answer.text.includes(name)),
          answer.text,
        ).toBe(true);
      },
      200,
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it.each(["search_voices", "generate_speech", "get_job_status", "get_audio_link"])(
    "%s survives arguments of no sense at all",
    async (name) => {
      const names = ["text", "job_id", "voice_id", "query", "wait_seconds", "limit", "cursor", "supports", "save_to"];
      const key = fc.oneof(
        fc.constantFrom(...names),
        fc.string(),
        fc.constantFrom("__proto__", "constructor", "toString"),
      );
      const args = fc.oneof(
        { weight: 4, arbitrary: fc.dictionary(key, anything, { maxKeys: 5 }) },
        { weight: 1, arbitrary: anything },
      );
      await run(
        args,
        async (value) => {
          const answer = await call(name, value);
          if (answer.isError) checkRefusal(answer, value);
        },
        100,
      );
    },
  );

  it("search_voices, get_job_status and get_audio_link take or refuse any text in their fields", async () => {
    const query = fc.record(
      { query: text, language: text, voice_id: text, cursor: text, limit: fc.integer(), gender: text },
      { requiredKeys: [] },
    );
    const job = fc.record({ job_id: text, save_to: text }, { requiredKeys: ["job_id"] });
    await run(
      fc.tuple(query, job),
      async ([filter, { job_id, save_to }]) => {
        for (const [name, args] of [
          ["search_voices", filter],
          ["get_job_status", { job_id }],
          ["get_audio_link", { job_id, save_to }],
        ] as const) {
          const answer = await call(name, args);
          if (answer.isError) checkRefusal(answer, args);
          else expect(name).toBe("search_voices");
        }
      },
      100,
    );
  });

  it("nothing inside has gone wrong meanwhile", async () => {
    expect(reported).toEqual([]);
    // And it still works.
    const answer = await call("generate_speech", { text: "Still alive." });
    expect(answer.data).toMatchObject({ status: "completed" });
  });
});
