import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/errors.ts";
import { Catalogue } from "../../../../src/service/catalogue.ts";
import { MadeUpEngine, madeUpVoice } from "../../../support/made-up-engines.ts";

const local = () => new MadeUpEngine("here", [madeUpVoice("here:en-US-Test-Ann"), madeUpVoice("here:de-DE-Test-Uwe")]);
const cloud = () => new MadeUpEngine("cloud", [madeUpVoice("cloud:en-US-Test-Zed", { rank: 99 })], { local: false });
const idsIn = ({ entries }: { entries: readonly { voice: { voiceId: string } }[] }) =>
  entries.map(({ voice }) => voice.voiceId);
const never = () => new Promise<never>(() => {});

/** A catalogue with a clock that the test moves, and what it logged. */
function setUp(engines: MadeUpEngine[], listingWaitMs = 30) {
  const time = { ms: 1_000_000 };
  const logged: object[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, error: quiet, warn: (facts: object) => void logged.push(facts) };
  return { catalogue: new Catalogue(engines, { log, now: () => time.ms, listingWaitMs }), time, logged };
}

describe("the catalogue", () => {
  it("lists voices that work before those that don't, and this machine's before others'", async () => {
    const [engine, far] = [local(), cloud()];
    const off = madeUpVoice("here:fr-FR-Test-Off", { available: false, whyUnavailable: "No model.", rank: 100 });
    engine.list = async () => [
      off,
      madeUpVoice("here:en-US-Test-Ann"),
      madeUpVoice("here:en-US-Test-Best", { rank: 20 }),
    ];
    const { catalogue } = setUp([far, engine]);
    expect(idsIn(await catalogue.list())).toEqual([
      "here:en-US-Test-Best",
      "here:en-US-Test-Ann",
      "cloud:en-US-Test-Zed",
      "here:fr-FR-Test-Off",
    ]);
  });

  it("asks an engine once, however many calls want to know at a time and soon after", async () => {
    const engine = local();
    const { catalogue, time } = setUp([engine]);
    await Promise.all([catalogue.list(), catalogue.list(), catalogue.get("here:en-US-Test-Ann")]);
    time.ms += 1_000;
    await catalogue.search({ language: "de" });
    expect(engine.asked).toBe(1);
  });

  it("sees a model that was installed while it runs", async () => {
    const engine = local();
    const { catalogue, time } = setUp([engine]);
    await catalogue.list();
    engine.list = async () => [madeUpVoice("here:ja-JP-Test-Aki")];
    time.ms += 10_000;
    expect(idsIn(await catalogue.list())).toEqual(["here:ja-JP-Test-Aki"]);
    await expect(catalogue.get("here:en-US-Test-Ann")).rejects.toMatchObject({ code: "VOICE_NOT_FOUND" });
  });

  it("lists others when one fails, says so, and logs it once", async () => {
    const broken = cloud();
    broken.list = () => Promise.reject(new AppError("PROVIDER_ERROR", "The cloud answered 503."));
    const { catalogue, time, logged } = setUp([local(), broken]);
    for (let i = 0; i < 3; i++) {
      const { entries, warnings } = await catalogue.list();
      expect(entries).toHaveLength(2);
      expect(warnings).toEqual(["The voices of cloud could not be listed: The cloud answered 503."]);
      time.ms += 60_000;
    }
    expect(broken.asked).toBe(3);
    expect(logged).toHaveLength(1);
    await expect(catalogue.get("cloud:en-US-Test-Zed")).rejects.toMatchObject({ code: "PROVIDER_ERROR" });
  });

  it("tells nothing of an unknown failure but that there was one", async () => {
    const broken = cloud();
    broken.list = () => Promise.reject(new Error("secret path /home/x"));
    const { warnings } = await setUp([local(), broken]).catalogue.list();
    expect(warnings).toEqual(["The voices of cloud could not be listed."]);
  });

  it("keeps what it knew of an engine that fails later, with the warning", async () => {
    const engine = cloud();
    const { catalogue, time } = setUp([engine]);
    await catalogue.list();
    engine.list = () => Promise.reject(new AppError("NETWORK_ERROR", "No network."));
    time.ms += 60 * 60_000;
    // Nobody waits for the answer of a provider whose list is there.
    await catalogue.list();
    const { entries, warnings } = await catalogue.list();
    expect(entries).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect((await catalogue.get("cloud:en-US-Test-Zed")).voice.name).toBe("Zed");
  });

  it("does not wait long for a slow provider, whose voices come with a later call", async () => {
    const slow = cloud();
    let release = () => {};
    const answer = new Promise<void>((resolve) => (release = resolve));
    const voices = await slow.list();
    slow.list = () => answer.then(() => voices);
    const { catalogue } = setUp([local(), slow]);
    const first = await catalogue.list();
    expect(first.entries).toHaveLength(2);
    expect(first.warnings[0]).toMatch(/^cloud has not listed its voices yet/);
    release();
    await catalogue.get("cloud:en-US-Test-Zed");
    const second = await catalogue.list();
    expect([second.entries.length, second.warnings, slow.asked]).toEqual([3, [], 1]);
  });

  it("goes on with the last list of a program that has become slow", async () => {
    const engine = local();
    const { catalogue, time } = setUp([engine], 5_000);
    await catalogue.list();
    engine.list = never;
    time.ms += 60_000;
    const started = performance.now();
    expect((await catalogue.list()).entries).toHaveLength(2);
    expect(await catalogue.local()).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it("asks no provider for the voices of this machine", async () => {
    const far = cloud();
    far.list = never;
    const { catalogue } = setUp([local(), far]);
    expect(await catalogue.local()).toHaveLength(2);
    expect(await catalogue.get("here:en-US-Test-Ann")).toBeTruthy();
    expect(far.asked).toBe(0);
  });
});

describe("a voice id", () => {
  it("is found in any case", async () => {
    const { catalogue } = setUp([local()]);
    expect((await catalogue.get("HERE:EN-us-test-ann")).voice.voiceId).toBe("here:en-US-Test-Ann");
  });

  it.each(["nobody:en-US-Test-Ann", "no colon", "", ":", "here:en-US-Test-Anna"])(
    "that does not exist (%j) is answered with the nearest three",
    async (voiceId) => {
      const { catalogue } = setUp([local(), cloud()]);
      const error = await catalogue.get(voiceId).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "VOICE_NOT_FOUND", status: 404 });
      expect(error.details.nearest).toHaveLength(3);
    },
  );

  it("of a provider that is not set up is refused with what to do and the nearest voice that works", async () => {
    const off = new MadeUpEngine("cloud", [], { local: false });
    off.state = { available: false, whyUnavailable: "There is no key.", hint: "set CLOUD_KEY" };
    const { catalogue } = setUp([local(), off]);
    await expect(catalogue.get("cloud:de-DE-Chirp3HD-Aoede")).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      status: 400,
      message: "cloud:de-DE-Chirp3HD-Aoede can't speak here: There is no key.",
      hint: "set CLOUD_KEY; the nearest voice that works is here:de-DE-Test-Uwe",
      details: { nearest: "here:de-DE-Test-Uwe" },
    });
  });

  it("that is listed but not available can be looked at, not spoken with", async () => {
    const engine = local();
    const off = madeUpVoice("here:de-DE-Neural-Off", { available: false, whyUnavailable: "Its model is missing" });
    engine.list = async () => [madeUpVoice("here:en-US-Test-Ann"), madeUpVoice("here:de-DE-Test-Uwe"), off];
    engine.state = { available: false, whyUnavailable: "No model.", hint: "run `aittsm models pull here`" };
    const { catalogue } = setUp([engine]);
    expect((await catalogue.get(off.voiceId)).voice.available).toBe(false);
    await expect(catalogue.speaking(off.voiceId)).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      message: expect.stringContaining("Its model is missing."),
      hint: "run `aittsm models pull here`; the nearest voice that works is here:de-DE-Test-Uwe",
      details: { nearest: "here:de-DE-Test-Uwe" },
    });
  });
});

describe("a search for a provider", () => {
  it("that is not set up says why nothing is found", async () => {
    const off = new MadeUpEngine("cloud", [], { local: false });
    off.state = { available: false, whyUnavailable: "There is no key", hint: "set CLOUD_KEY" };
    const { catalogue } = setUp([local(), off]);
    expect((await catalogue.search({ provider: "Cloud" })).warnings).toEqual(["There is no key. Hint: set CLOUD_KEY."]);
    expect((await catalogue.search({})).warnings).toEqual([]);
  });
});
