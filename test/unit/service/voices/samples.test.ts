import path from "node:path";
import { describe, expect, it } from "vitest";
import { FsBlobStore } from "../../../../src/blobs/fs-blob-store.ts";
import type { EngineVoice } from "../../../../src/engines/engine.ts";
import { Catalogue } from "../../../../src/service/catalogue.ts";
import type { Links } from "../../../../src/service/links.ts";
import { SAMPLE_LANGUAGES, sampleSentence } from "../../../../src/service/sample-sentences.ts";
import { SampleService } from "../../../../src/service/samples.ts";
import { openStore } from "../../../../src/store/database.ts";
import { temporaryFolder } from "../../../support/folders.ts";
import { MadeUpEngine, madeUpVoice } from "../../../support/made-up-engines.ts";

const UWE = "here:de-DE-Test-Uwe";

/** The service on a fresh database, with jobs that end when the test says so. */
function setUp(voice: Partial<EngineVoice> = {}) {
  const folder = temporaryFolder();
  const store = openStore(path.join(folder, "aittsm.db"));
  const blobs = new FsBlobStore(path.join(folder, "audio"));
  const engine = new MadeUpEngine("here", [madeUpVoice(UWE, voice)]);
  const links = { audioUrl: async (id: string, type: string) => ({ url: `/${id}.${type}`, expiresAt: 0 }) };
  // A catalogue that asks anew each time.
  let now = 0;
  const catalogue = new Catalogue([engine], { now: () => (now += 60 * 60_000) });
  let woken = 0;
  const queue = { wake: () => void woken++, close: async () => {} };
  const samples = new SampleService({ store, blobs, catalogue, links: links as unknown as Links, queue });
  const jobs = () => store.selectFrom("jobs").selectAll().orderBy("created_at").execute();
  return {
    ...{ store, blobs, engine, samples, jobs },
    woken: () => woken,
    texts: async () => (await store.selectFrom("job_texts").select("text").execute()).map(({ text }) => text),
    /** As the job runner ends every open job. */
    async finish(): Promise<void> {
      for (const { job_id } of (await jobs()).filter(({ status }) => status === "pending")) {
        const blob_name = `${job_id}.1`;
        const writer = await blobs.create(blob_name);
        await writer.write(Uint8Array.of(1));
        await writer.commit();
        await store.updateTable("jobs").set({ status: "completed", blob_name }).where("job_id", "=", job_id).execute();
      }
    },
    async fail(completed_at: number): Promise<void> {
      const error = { error_code: "PROVIDER_ERROR", error_message: "It answered 503.", error_hint: "wait a bit" };
      await store
        .updateTable("jobs")
        .set({ status: "failed", completed_at, ...error })
        .execute();
    },
  };
}

describe("a sample", () => {
  it("says a sentence in the voice's own language, for nothing", async () => {
    const bench = setUp();
    expect(await bench.samples.sample(UWE, [])).toMatchObject({ voiceId: UWE, retryAfter: 1 });
    expect(await bench.texts()).toEqual(["Hallo, ich heiße Uwe. So klinge ich, wenn ich Ihnen etwas vorlese."]);
    expect(await bench.jobs()).toMatchObject([{ kind: "sample", chars_charged: 0, output_format: "ogg_opus" }]);
    expect(bench.woken()).toBe(1);
  });

  it("is made once, however many ask, and then kept", async () => {
    const bench = setUp();
    await Promise.all(Array.from({ length: 5 }, () => bench.samples.sample(UWE, [])));
    await bench.finish();
    const [job] = await bench.jobs();
    for (let i = 0; i < 2; i++) {
      expect((await bench.samples.sample(UWE, [])).sampleUrl).toBe(`/${job!.job_id}.ogg`);
    }
    expect(await bench.jobs()).toHaveLength(1);
  });

  it.each([
    [[], "ogg_opus", false],
    [["wav", "opus"], "wav", false],
    [["aac", "opus"], "ogg_opus", false],
    [["aac"], "wav", true],
  ] as const)("for the wish %j is %s", async (wanted, format, warned) => {
    const bench = setUp();
    const { warnings } = await bench.samples.sample(UWE, wanted);
    expect((await bench.jobs())[0]!.output_format).toBe(format);
    expect(warnings?.[0]?.startsWith("aac can't be made")).toBe(warned || undefined);
  });

  it("of each model is its own, and of one that the voice lacks is refused", async () => {
    const bench = setUp({ availableModels: ["small", "large"] });
    for (const model of [undefined, "small", "large"]) await bench.samples.sample(UWE, [], model);
    // Without a model the first one speaks.
    expect(await bench.jobs()).toHaveLength(2);
    await expect(bench.samples.sample(UWE, [], "huge")).rejects.toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      hint: "it has small, large",
    });
  });

  it("is made anew when the voice's model has changed; what was goes", async () => {
    const bench = setUp({ revision: "1" });
    for (const format of ["wav", "opus"] as const) await bench.samples.sample(UWE, [format]);
    await bench.finish();
    const before = await bench.jobs();
    bench.engine.list = async () => [madeUpVoice(UWE, { revision: "2" })];
    expect((await bench.samples.sample(UWE, ["opus"])).retryAfter).toBe(1);
    const after = await bench.jobs();
    expect(after.map(({ output_format, status }) => [output_format, status]).sort()).toEqual([
      ["ogg_opus", "pending"],
      ["wav", "completed"],
    ]);
    const gone = before.find(({ output_format }) => output_format === "ogg_opus")!;
    expect(await bench.blobs.sizeBytes(gone.blob_name!)).toBeUndefined();
  });

  it("whose file is lost is made anew", async () => {
    const bench = setUp();
    await bench.samples.sample(UWE, []);
    await bench.finish();
    await bench.blobs.remove((await bench.jobs())[0]!.blob_name!);
    expect((await bench.samples.sample(UWE, [])).retryAfter).toBe(1);
    expect((await bench.jobs()).map(({ status }) => status)).toEqual(["pending"]);
  });

  it("that failed says why to all who ask, and is tried again a minute later", async () => {
    const bench = setUp();
    await bench.samples.sample(UWE, []);
    await bench.fail(Date.now());
    for (let i = 0; i < 2; i++) {
      await expect(bench.samples.sample(UWE, [])).rejects.toMatchObject({
        code: "GENERATION_FAILED",
        message: "The sample could not be made: It answered 503.",
        hint: expect.stringMatching(/^wait a bit; it can be tried again in \d+ s$/),
      });
    }
    await bench.fail(Date.now() - 61_000);
    expect((await bench.samples.sample(UWE, [])).retryAfter).toBe(1);
    expect((await bench.jobs()).map(({ status }) => status)).toEqual(["pending"]);
  });

  it("of a voice that can't speak here is refused", async () => {
    const bench = setUp({ available: false, whyUnavailable: "No model." });
    await expect(bench.samples.sample(UWE, [])).rejects.toMatchObject({ code: "PROVIDER_DISABLED" });
    expect(await bench.jobs()).toEqual([]);
  });
});

describe("a sample's sentence", () => {
  it.each(SAMPLE_LANGUAGES)("in %s has the voice's name and ends as sentences do", (language) => {
    const sentence = sampleSentence({ language, name: "Nora$&1" });
    expect(sentence.split("Nora$&1")).toHaveLength(2);
    expect(sentence).not.toContain("*");
    expect(sentence).toMatch(language === "th" ? /ฟัง$/ : /[.。।۔]$/);
  });

  it.each([
    ["de-AT", "de"],
    ["cmn-CN", "zh"],
    ["cmn-TW", "zh-TW"],
    ["yue-HK", "yue"],
    ["no", "nb"],
    ["pt-BR", "pt"],
    ["ar-XA", "ar"],
    ["cy-GB", "en"],
  ])("for %s is that in %s", (language, spoken) => {
    const name = "Nora";
    expect(sampleSentence({ language, name })).toBe(sampleSentence({ language: spoken, name }));
  });
});
