import { existsSync, readdirSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SynthesisRequest } from "../../../src/engines/engine.ts";
import { SystemEngine, SystemSpeaker } from "../../../src/engines/system/index.ts";
import { languageTag } from "../../../src/engines/system/language.ts";
import { emptyContext } from "../../support/engines.ts";
import { eventually } from "../../support/eventually.ts";
import {
  FAKE_SAMPLES_PER_CHARACTER,
  type FakeProgram,
  fakeEspeak,
  fakePowershell,
  fakeSay,
  SPEAKS,
} from "../../support/fake-speech-programs.ts";
import { temporaryFolder } from "../../support/folders.ts";

const SECRET = "sk-do-not-tell";
const live = new AbortController().signal;

beforeAll(() => {
  process.env.OPENAI_API_KEY = SECRET;
});
afterAll(() => {
  delete process.env.OPENAI_API_KEY;
});

const engineWith = (variables: Record<string, string>) => new SystemEngine(emptyContext({ variables }));

async function speak(engine: SystemEngine, request: Partial<SynthesisRequest> & { voiceId: string; text: string }) {
  const speaker = new SystemSpeaker(await engine.workerData());
  const chunks: Int16Array[] = [];
  const whole = { speed: 1, span: { start: 0, end: request.text.length }, ...request };
  for await (const { samples } of speaker.synthesize(whole, live)) chunks.push(samples);
  return chunks;
}

/** The median of the pitch of loud windows, by autocorrelation. */
function fundamentalHertz(samples: Int16Array): number {
  const rate = 22_050;
  const size = 1_100;
  const found: number[] = [];
  for (let at = 0; at + 2 * size < samples.length; at += size) {
    if (samples.subarray(at, at + size).every((sample) => Math.abs(sample) < 2_000)) continue;
    const energyAt = (lag: number) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += samples[at + i]! * samples[at + i + lag]!;
      return sum;
    };
    let best = 55;
    for (let lag = 55; lag < 400; lag++) if (energyAt(lag) > energyAt(best)) best = lag;
    if (energyAt(best) > 0.5 * energyAt(0)) found.push(rate / best);
  }
  return found.sort((a, b) => a - b)[found.length >> 1]!;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** No part of a text, no secret and no shell in what a program was started with. */
function expectDiscreet(program: FakeProgram, words: string[]): void {
  for (const { argv, env } of program.calls()) {
    for (const word of words) expect(argv.join(" ")).not.toContain(word);
    expect(JSON.stringify(env)).not.toContain(SECRET);
    expect(Object.keys(env)).not.toContain("NODE_OPTIONS");
  }
}

describe("macOS's say", () => {
  const folder = temporaryFolder();
  const program = fakeSay(folder);
  const engine = engineWith({ AITTSM_SAY_PATH: program.path });

  it("has its voices in the catalogue, with gender where it is known", async () => {
    const voices = (await engine.voices()).filter(({ family }) => family === "Say");
    expect(voices.map(({ voiceId, gender }) => [voiceId, gender])).toEqual([
      ["system:en-US-Say-Samantha", "female"],
      ["system:en-GB-Say-Daniel", "male"],
      ["system:en-US-Say-BadNews", "neutral"],
      ["system:de-DE-Say-EddyGermanGermany", "male"],
      ["system:ar-001-Say-Majed", "neutral"],
    ]);
  });

  it("gets the text by stdin with its commands disarmed, and leaves no file behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("aittsm-say-"));
    const [samples] = await speak(engine, {
      voiceId: "system:de-DE-Say-EddyGermanGermany",
      text: "Geheim [[volm 0]] und [[[slnc 9000]]] Ende",
    });
    const call = program.calls().at(-1)!;
    expect(call.argv).toEqual([
      ...["-v", "Eddy (German (Germany))", "-o", call.argv[3], "--file-format=WAVE", "--data-format=LEI16@22050"],
      ...["-f", "-"],
    ]);
    expect(call.stdin).toContain("volm 0");
    expect(call.stdin).not.toMatch(/\[\[|\]\]/);
    expect(samples!.length).toBe(call.stdin.length * FAKE_SAMPLES_PER_CHARACTER);
    expectDiscreet(program, ["Geheim", "Ende"]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("aittsm-say-"))).toEqual(before);
  });

  it("takes half its time at double speed, whatever its own pace is", async () => {
    const request = { voiceId: "system:en-US-Say-Samantha", text: "Twice as fast, please." };
    const [own] = await speak(engine, request);
    const [fast] = await speak(engine, { ...request, speed: 2 });
    expect(Math.abs(own!.length / fast!.length / 2 - 1)).toBeLessThan(0.02);
  });
});

describe("Windows' SAPI", () => {
  const program = fakePowershell(temporaryFolder());
  const engine = engineWith({ AITTSM_POWERSHELL_PATH: program.path });

  it("has its voices in the catalogue", async () => {
    const voices = (await engine.voices()).filter(({ family }) => family === "Sapi");
    expect(voices.map(({ voiceId, gender }) => [voiceId, gender])).toEqual([
      ["system:en-US-Sapi-Zira", "female"],
      ["system:de-DE-Sapi-Hedda", "female"],
      ["system:en-US-Sapi-David", "male"],
    ]);
  });

  it("gets a fixed script as its argument, and the text as text by stdin", async () => {
    const text = `Grüße 😀 <silence msec="9000"/> '; Remove-Item x; $(calc) \u0001`;
    await speak(engine, { voiceId: "system:de-DE-Sapi-Hedda", text });
    await speak(engine, { voiceId: "system:de-DE-Sapi-Hedda", text: "Etwas anderes" });
    const [one, other] = program.calls().slice(-2);
    expect(one!.argv).toEqual(other!.argv);
    expect(one!.stdin).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(one!.stdin)).toEqual({
      voice: "Microsoft Hedda Desktop",
      rate: 0,
      text: text.replace("\u0001", " "),
    });
    const script = Buffer.from(one!.argv.at(-1)!, "base64").toString("utf16le");
    expect(script).toContain("$b.AppendText($r.text)");
    expect(script).not.toMatch(/Ssml|Invoke-Expression|iex/i);
    expectDiscreet(program, ["Gr", "Remove-Item"]);
  });

  it("comes as near to a speed as its steps allow", async () => {
    const request = { voiceId: "system:en-US-Sapi-David", text: "As near as it can." };
    const [own] = await speak(engine, request);
    for (const speed of [0.5, 0.75, 1.5, 2, 3]) {
      const [changed] = await speak(engine, { ...request, speed });
      expect(Math.abs(own!.length / changed!.length / speed - 1), `speed ${speed}`).toBeLessThan(0.06);
    }
  });
});

describe("espeak-ng", () => {
  it("gets text by stdin, without phonemes, commands and what is no text", async () => {
    const program = fakeEspeak(temporaryFolder(), SPEAKS);
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    await speak(engine, {
      voiceId: "system:de-DE-Espeak-German",
      text: "Laut [[h@l'oU]] \u000199P\u0000 <speak> -v en \ud800 Ende",
      pitchSemitones: 3.3,
    });
    const call = program.calls().at(-1)!;
    expect(call.argv).toEqual(["-b", "1", "--stdin", "--stdout", "-v", "gmw/de", "-p", "70"]);
    expect(call.stdin).toBe("Laut [ [h@l'oU] ]  99P  <speak> -v en   Ende");
    expectDiscreet(program, ["Laut", "Ende"]);
  });

  it("is ended when the job is aborted", async () => {
    const program = fakeEspeak(temporaryFolder(), "setInterval(() => {}, 1000);");
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    const speaker = new SystemSpeaker(await engine.workerData());
    const listed = program.calls().length;
    const controller = new AbortController();
    const reason = new Error("no more");
    const request = { voiceId: "system:de-DE-Espeak-German", text: "Hallo", speed: 1, span: { start: 0, end: 5 } };
    const next = speaker.synthesize(request, controller.signal)[Symbol.asyncIterator]().next();
    next.catch(() => {});
    await eventually("the program runs", () => program.calls().length === listed + 1);
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    const { pid } = program.calls().at(-1)!;
    await eventually("the program is gone", () => !isRunning(pid));
  });

  it("is ended when it does not stop giving sound", async () => {
    const endless = "const part = Buffer.alloc(1 << 20); for (;;) fs.writeSync(1, part);";
    const program = fakeEspeak(temporaryFolder(), endless);
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    await expect(speak(engine, { voiceId: "system:de-DE-Espeak-German", text: "Hallo" })).rejects.toThrow(
      /gave more than \d+ bytes/,
    );
  });

  it("says by an error how it ended, when it crashed", async () => {
    const program = fakeEspeak(temporaryFolder(), 'process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);');
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    await expect(speak(engine, { voiceId: "system:de-DE-Espeak-German", text: "Hallo" })).rejects.toThrow("SIGSEGV");
  });

  it("says beforehand what a voice leaves out", async () => {
    const program = fakeEspeak(temporaryFolder(), SPEAKS);
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    await engine.voices();
    const voiceId = "system:de-DE-Espeak-German";
    expect(engine.inspect("Das kostet 5 €.", voiceId)).toEqual({ speakable: true, warnings: [] });
    expect(engine.inspect("… — [ ]", voiceId).speakable).toBe(false);
    expect(engine.inspect("2 £ oder £ 3?", voiceId).warnings).toEqual([]);
  });
});

const installed = (await engineWith({}).voices()).filter(({ family }) => family === "Espeak");

describe.skipIf(installed.length === 0)(
  "the real espeak-ng (skipped where it is missing: apt install espeak-ng)",
  () => {
    it("has more than 100 languages, each voice with an id of its own and a language that is one", () => {
      expect(new Set(installed.map(({ language }) => language)).size).toBeGreaterThan(100);
      expect(new Set(installed.map(({ voiceId }) => voiceId)).size).toBe(installed.length);
      for (const { voiceId, language, family, name } of installed) {
        expect(new Intl.Locale(language).toString()).toBe(language);
        expect(voiceId).toBe(`system:${language}-${family}-${name}`);
        expect(name).toMatch(/^[A-Za-z0-9]+$/);
      }
    });

    it("is never the first choice for English, where the built-in voices are better", () => {
      expect(Math.max(...installed.map(({ rank }) => rank))).toBeLessThan(10);
    });

    it("prefers the plain voice of a language to dialects, women's variants and transcriptions", () => {
      const first = (language: string) =>
        installed.filter((voice) => voice.language.startsWith(language)).sort((a, b) => b.rank - a.rank)[0]!.voiceId;
      expect(first("fr")).toBe("system:fr-FR-Espeak-FrenchFrance");
      expect(first("ru")).toBe("system:ru-RU-Espeak-Russian");
      expect(first("es")).toBe("system:es-ES-Espeak-SpanishSpain");
      expect(first("pt")).toBe("system:pt-PT-Espeak-PortuguesePortugal");
      expect(first("zh")).toBe("system:zh-CN-Espeak-ChineseMandarinLatinAsEnglish");
      expect(first("de")).toBe("system:de-DE-Espeak-German");
      expect(first("vi")).toBe("system:vi-VN-Espeak-VietnameseNorthern");
      expect(first("yue")).toBe("system:yue-HK-Espeak-ChineseCantonese");
      expect(first("en-GB")).toBe("system:en-GB-Espeak-EnglishGreatBritain");
    });

    it("speaks higher and lower by semitones", async () => {
      const voiceId = "system:de-DE-Espeak-German";
      const pitch = async (pitchSemitones: number) => {
        const [samples] = await speak(engineWith({}), {
          voiceId,
          text: "Der Zug an die Küste fährt um halb zehn ab.",
          pitchSemitones,
        });
        return fundamentalHertz(samples!);
      };
      const own = await pitch(0);
      for (const semitones of [-5, -2, 3, 8]) {
        const measured = 12 * Math.log2((await pitch(semitones)) / own);
        expect(Math.abs(measured - semitones), `${semitones} semitones`).toBeLessThan(1);
      }
    });
  },
);

describe("the machine's voices", () => {
  it("are none when they are switched off, with the way back", async () => {
    const engine = engineWith({ AITTSM_SYSTEM_VOICES: "off" });
    expect(await engine.voices()).toEqual([]);
    expect(await engine.status()).toMatchObject({
      available: false,
      hint: expect.stringContaining("AITTSM_SYSTEM_VOICES"),
    });
    await expect(engine.workerData()).rejects.toMatchObject({ code: "PROVIDER_DISABLED" });
  });

  it.each(["espeak-ng", "/nowhere/espeak-ng", "/tmp"])("name the setting that is wrong: %s", async (value) => {
    const engine = engineWith({ AITTSM_ESPEAK_PATH: value });
    expect((await engine.voices()).filter(({ family }) => family === "Espeak")).toEqual([]);
    expect(await engine.status()).toMatchObject({
      available: false,
      whyUnavailable: `AITTSM_ESPEAK_PATH is "${value}", which is no program.`,
    });
  });

  it("are those of all programs that work, when one does not", async () => {
    const broken = fakeEspeak(temporaryFolder(), "");
    const say = fakeSay(temporaryFolder());
    const engine = engineWith({ AITTSM_SAY_PATH: say.path, AITTSM_ESPEAK_PATH: `${broken.path}-gone` });
    expect(existsSync(`${broken.path}-gone`)).toBe(false);
    expect((await engine.voices()).length).toBe(5);
    expect(await engine.status()).toEqual({ available: true });
  });

  it("are asked for once in a while, not at every look", async () => {
    const program = fakeEspeak(temporaryFolder(), SPEAKS);
    const engine = engineWith({ AITTSM_ESPEAK_PATH: program.path });
    await Promise.all([engine.voices(), engine.voices(), engine.status()]);
    await engine.voices();
    expect(program.calls().length).toBe(2);
  });

  it("are looked for again after a while, by which a program that was installed is found", async () => {
    const program = fakeEspeak(temporaryFolder(), SPEAKS);
    const [away, home] = [`${program.path}-away`, program.path];
    renameSync(home, away);
    const engine = engineWith({ AITTSM_ESPEAK_PATH: home });
    expect((await engine.status()).available).toBe(false);
    renameSync(away, home);
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
    try {
      await eventually("the program is found", async () => (await engine.status()).available);
      expect((await engine.voices()).map(({ voiceId }) => voiceId)).toEqual(["system:de-DE-Espeak-German"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("have capabilities by their id alone before anybody has looked, and no others exist", () => {
    const engine = engineWith({});
    expect(engine.capabilities("system:de-DE-Espeak-German").speed).toEqual({ min: 0.6, max: 4 });
    expect(() => engine.capabilities("system:de-DE-Nobody-German")).toThrow("There is no voice");
  });
});

describe("a language", () => {
  it.each([
    ["de", "de-DE"],
    ["en-gb", "en-GB"],
    ["en_US", "en-US"],
    ["pt", "pt-PT"],
    ["es-419", "es-419"],
    ["en-us-nyc", "en-US"],
    ["en-gb-x-rp", "en-GB-x-rp"],
    ["eo", "eo"],
    ["la", "la"],
    ["chr-US-Qaaa-x-west", "chr-US"],
    ["piqd", "tlh"],
    ["fa-latn", "fa-Latn"],
    ["!!", "und"],
  ])("%s is %s in BCP-47", (native, tag) => {
    expect(languageTag(native)).toBe(tag);
    expect(new Intl.Locale(tag).toString()).toBe(tag);
  });
});
