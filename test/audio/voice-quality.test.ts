import { afterAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../src/speech/pipeline.ts";
import { emptyContext } from "../support/engines.ts";

// What a listener would call broken, for every local voice of this machine: all of flite, and one of each of espeak-ng's
// languages that a test text is at hand for.
const TEXTS: Readonly<Record<string, string>> = {
  en: "The train to the coast leaves at half past nine. We still have to buy tickets!",
  de: "Der Zug an die Küste fährt um halb zehn ab. Wir müssen noch Fahrkarten kaufen!",
  fr: "Le train pour la côte part à neuf heures et demie. Nous devons encore acheter des billets !",
  es: "El tren a la costa sale a las nueve y media. ¡Todavía tenemos que comprar los billetes!",
  it: "Il treno per la costa parte alle nove e mezza. Dobbiamo ancora comprare i biglietti!",
  pt: "O trem para o litoral sai às nove e meia. Ainda temos que comprar as passagens!",
  nl: "De trein naar de kust vertrekt om half tien. We moeten nog kaartjes kopen!",
  pl: "Pociąg nad morze odjeżdża o wpół do dziesiątej. Musimy jeszcze kupić bilety!",
  ru: "Поезд к морю отправляется в половине десятого. Нам ещё нужно купить билеты!",
  el: "Το τρένο για την ακτή φεύγει στις εννέα και μισή. Πρέπει ακόμα να αγοράσουμε εισιτήρια!",
  hi: "तट की ओर जाने वाली ट्रेन साढ़े नौ बजे छूटती है। हमें अभी भी टिकट खरीदने हैं!",
  ar: "يغادر القطار إلى الساحل في التاسعة والنصف. ما زال علينا شراء التذاكر!",
  zh: "去海边的火车九点半开。我们还得买票！",
  ja: "かいがんゆきのでんしゃはくじはんにでます。まだきっぷをかわなければなりません！",
  tr: "Sahile giden tren dokuz buçukta kalkıyor. Hâlâ bilet almamız gerekiyor!",
};

const WAV_HEADER_BYTES = 44;
const FULL_SCALE = 32_767;
/** A run of samples at full scale is a flattened wave, and heard as a crack. */
const LONGEST_CLIPPED_RUN = 3;
const MOST_DC = 0.01;
const MOST_SILENCE_SECONDS = 0.3;
const SILENCE = 0.01;

const engines = createEngineRegistry(emptyContext());
const voices = (await engines.voices()).filter(
  ({ provider, available, language }) =>
    available && (provider === "flite" || (provider === "system" && language.split("-")[0]! in TEXTS)),
);
const pipeline = createSpeechPipeline({ engines });
afterAll(() => pipeline.close());

async function say(voiceId: string, language: string, speed: number) {
  const text = TEXTS[language.split("-")[0]!]!;
  const sampleRateHertz = engines.engineOf(voiceId).capabilities(voiceId).nativeSampleRateHertz;
  const pieces: Uint8Array[] = [];
  const settings = { format: "wav", sampleRateHertz, streaming: true } as const;
  await pipeline.run({ text, voiceId, speed, settings }, (bytes) => void pieces.push(bytes), {
    signal: new AbortController().signal,
  });
  const bytes = Buffer.concat(pieces);
  const samples = new Int16Array(
    bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length),
  );
  return { samples, sampleRateHertz };
}

/** The most samples in a row that are at full scale. */
function longestClippedRun(samples: Int16Array): number {
  let longest = 0;
  let run = 0;
  for (const sample of samples) {
    run = Math.abs(sample) >= FULL_SCALE ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function edges(samples: Int16Array, sampleRateHertz: number) {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const isSound = (sample: number) => Math.abs(sample) > peak * SILENCE;
  const first = samples.findIndex(isSound);
  const last = samples.findLastIndex(isSound);
  return { peak, lead: first / sampleRateHertz, tail: (samples.length - 1 - last) / sampleRateHertz };
}

it("there are voices of both local engines to judge", () => {
  expect(new Set(voices.map(({ provider }) => provider))).toEqual(new Set(["flite", "system"]));
  expect(new Set(voices.map(({ language }) => language.split("-")[0]!)).size).toBe(Object.keys(TEXTS).length);
});

describe.each(voices.map((voice) => [voice.voiceId, voice.language] as const))("%s", (voiceId, language) => {
  it.each([1, 2])("is neither clipped nor off centre, and starts and ends soon, at speed %f", async (speed) => {
    const { samples, sampleRateHertz } = await say(voiceId, language, speed);
    const { peak, lead, tail } = edges(samples, sampleRateHertz);
    expect(peak).toBeGreaterThan(5_000);
    expect(longestClippedRun(samples)).toBeLessThanOrEqual(LONGEST_CLIPPED_RUN);
    const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    expect(Math.abs(mean) / FULL_SCALE).toBeLessThan(MOST_DC);
    expect(lead).toBeLessThanOrEqual(MOST_SILENCE_SECONDS);
    expect(tail).toBeLessThanOrEqual(MOST_SILENCE_SECONDS);
  });
});
