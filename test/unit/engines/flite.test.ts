import { beforeAll, describe, expect, it } from "vitest";
import { fliteText } from "../../../src/engines/flite/ascii.ts";
import { FliteEngine, FliteSpeaker } from "../../../src/engines/flite/index.ts";
import { normaliseText } from "../../../src/speech/normalise/normalise.ts";
import { estimateDurationSeconds } from "../../../src/speech/plan/estimate.ts";
import { planText } from "../../../src/speech/plan/plan.ts";

const KAL = "flite:en-US-Diphone-Kal";
const RMS = "flite:en-US-Clustergen-Rms";
const engine = new FliteEngine();
const speaker = new FliteSpeaker(await engine.workerData());
const signal = new AbortController().signal;

async function speak(text: string, voiceId = KAL, speed = 1): Promise<{ samples: Int16Array; seconds: number }> {
  const parts: Int16Array[] = [];
  let rate = 1;
  const request = { voiceId, text: normaliseText(text, "en-US"), speed, span: { start: 0, end: text.length } };
  for await (const chunk of speaker.synthesize(request, signal)) {
    parts.push(chunk.samples);
    rate = chunk.sampleRateHertz;
  }
  const samples = Int16Array.from(parts.flatMap((part) => [...part]));
  return { samples, seconds: samples.length / rate };
}

const same = (a: Int16Array, b: Int16Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

describe("text for flite", () => {
  it.each([
    ["naïve café, Ångström, straße, œuvre, Łódź", "naive cafe, Angstrom, strasse, oeuvre, Lodz"],
    ["cafe\u0301", "cafe"],
    ["it’s “quoted” ‘here’", `it's "quoted" 'here'`],
    ["yes—no – maybe, 5–6", "yes -- no -- maybe, 5-6"],
    ["wait… what", "wait... what"],
    ["a\u00a0b\u2003c", "a b c"],
    ["ﬁnd ﬂow", "find flow"],
    ["Ｈｅｌｌｏ，１２３", "Hello, 123"],
    ["𝐇𝐞𝐥𝐥𝐨 ①", "Hello 1"],
    ["3 × 4 ÷ 2 ± 1", "3 times 4 divided by 2 plus or minus 1"],
    ["π and µ", "pi and mu"],
    ["٣٤", "34"],
    ["hello\u200bworld co\u00adoperate \ufeffend", "hello world cooperate end"],
    ["nul\u0000bell\u0007end", "nul bell end"],
    ["lone \ud800 surrogate", "lone surrogate"],
    ["hello 世界 you 😀!", "hello you !"],
    ["*** bold **word** and _this_ but snake_case, 5 * 3", "bold word and this but snake_case, 5 * 3"],
    ["- item\n* other", "item\n\nother"],
    ["...hello...world", "... hello... world"],
  ])("turns %j into %j", (text, expected) => {
    expect(fliteText(text)).toBe(`${expected}\n`);
  });

  it("is nothing when nothing can be said", () => {
    for (const text of ["", " \n", "!!! ... — ?", "世界", "😀👍", "***", "\ud800", "Привет"]) {
      expect(fliteText(text)).toBe("");
    }
  });

  it("is printable ASCII whatever comes in", () => {
    let everything = "";
    for (let code = 0; code <= 0xffff; code++) everything += String.fromCodePoint(code);
    everything += "𝔸𐎀🀄𠀀🇩🇪\u{e0041}\u{10ffff}";
    expect(fliteText(everything)).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it("cuts words that are too long for flite", () => {
    expect(fliteText("x".repeat(130))).toBe(`${"x".repeat(60)} ${"x".repeat(60)} ${"x".repeat(10)}\n`);
  });

  // Each of these took minutes with a careless pattern.
  it.each([".", "*", "-", "£", "£1,", " \n", "1.", "<", "λ", "a", "'", "\u0301"])("is linear in %j", (unit) => {
    expect(fliteText(unit.repeat(300_000)).length).toBeGreaterThanOrEqual(0);
  });
});

describe("what flite says of a text beforehand", () => {
  const inspect = (text: string) => engine.inspect(text, RMS);

  it("is nothing for English with accents, signs and typographic marks", () => {
    expect(inspect("“Naïve” café — £5, 20°C, π… ½ × 3")).toEqual({ speakable: true, warnings: [] });
  });

  it("names what is left out, how often, and a few examples", () => {
    const report = inspect("Hello 世界世界, Привет 👨‍👩‍👧 👍🏽 🇩🇪🇫🇷 λόγος");
    expect(report.speakable).toBe(true);
    expect(report.warnings).toEqual([
      "This English voice leaves out 4 emoji (e.g. 👨 👍 🇩).",
      "This English voice leaves out 4 Chinese or Japanese characters (e.g. 世 界).",
      "This English voice leaves out 6 Cyrillic letters (e.g. П р и).",
      "This English voice leaves out 5 Greek letters (e.g. λ ό γ).",
    ]);
  });

  it.each(["世界", "😀", "...", "— !?", "\u200b", " "])("says that nothing of %j can be spoken", (text) => {
    const report = inspect(text);
    expect(report.speakable).toBe(false);
    expect(report.warnings.at(-1)).toBe("Nothing in this text can be spoken by an English voice.");
  });

  it.each(["世", "😀", "🇩", "λ", "é ", "a", "."])("comes to an end for 500,000 bytes of %j", (unit) => {
    const text = unit.repeat(500_000 / Buffer.byteLength(unit));
    expect(inspect(text).warnings.join(" ").length).toBeLessThan(300);
  });
});

describe("flite's speech", () => {
  beforeAll(async () => {
    await speak("Warm up.");
  });

  it("has the last word even when it is a sentence of its own", async () => {
    const without = await speak("Hello?!");
    const whole = await speak("Hello?! What");
    expect(whole.seconds - without.seconds).toBeGreaterThan(0.3);
  });

  it.each([
    ["-f in.txt", "f in dot txt"],
    ["-o /etc/passwd", "o slash etc"],
    ["<speak>hello</speak>", "hello"],
    ["<break time='5s'/> hello", "hello"],
    ["nul\u0000byte", "nul byte"],
    ["%s%n%d", "percent"],
  ])("takes %j as text to speak", async (text, atLeast) => {
    expect((await speak(text)).seconds).toBeGreaterThan(0.6 * (await speak(atLeast)).seconds);
  });

  it("is the same whatever was spoken before", async () => {
    const first = await speak("The same words.", RMS);
    await speak("Something else entirely, 12345!", "flite:en-GB-Clustergen-Awb");
    expect(same((await speak("The same words.", RMS)).samples, first.samples)).toBe(true);
  });

  it("says accented and typographic text as its plain spelling", async () => {
    expect(same((await speak("naïve “café”")).samples, (await speak('naive "cafe"')).samples)).toBe(true);
  });

  it("makes a pause at a line's end", async () => {
    const together = await speak("first line second line");
    expect((await speak("first line\nsecond line")).seconds - together.seconds).toBeGreaterThan(0.1);
  });

  it("compiles the module once", async () => {
    expect(await engine.workerData()).toBe(await engine.workerData());
  });
});

describe("estimated durations", () => {
  const prose =
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. There is, according to legend, a boiling pot of gold at one end.";
  it.each([
    ["prose", prose],
    ["years and prices", "In 1984 it cost 25 dollars, in 2023 it was 199, and 3.5% of 12,500 people paid $49.99."],
    ["long numbers", "12345678901234567890 and 9876543210 and 555 123 4567"],
    ["signs", "Write a@b.com, C++, #5, 50% & x = y * z / w."],
    ["a list of dates", "2024-05-06, 12/25/1999, 10:30, 23:59"],
    ["short lines", "One.\nTwo.\nThree.\nFour.\nFive."],
  ])("are near the truth for %s", async (_name, text) => {
    const voices = await engine.voices();
    for (const voice of voices) {
      const { seconds } = await speak(text, voice.voiceId);
      const ratio = estimateDurationSeconds(text, voice, 1) / seconds;
      expect(ratio, voice.voiceId).toBeGreaterThan(0.6);
      expect(ratio, voice.voiceId).toBeLessThan(1.7);
    }
  });

  it("scale with speed", () => {
    expect(estimateDurationSeconds(prose, { charsPerSecond: 15 }, 2)).toBeCloseTo(
      estimateDurationSeconds(prose, { charsPerSecond: 15 }, 1) / 2,
    );
  });

  it("cover every chunk's own", () => {
    const voice = { charsPerSecond: 15 };
    const chunks = [...planText(`${prose} 123456. `.repeat(20))];
    const sum = chunks.reduce((total, chunk) => total + estimateDurationSeconds(chunk.text, voice, 1), 0);
    const whole = estimateDurationSeconds(`${prose} 123456. `.repeat(20), voice, 1);
    expect(Math.abs(sum / whole - 1)).toBeLessThan(0.05);
  });
});
