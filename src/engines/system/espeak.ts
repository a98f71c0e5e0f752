import { runChild } from "./child.ts";
import { espeakCharsPerSecond, espeakLeavesOut } from "./espeak-languages.ts";
import { locate } from "./locate.ts";
import { atSpeed, type RateScale } from "./pace.ts";
import { harmless, type Manner, type NativeVoice, type Sound, type SystemProgram } from "./program.ts";
import { soundOfWav } from "./sound.ts";

const SETTING = "AITTSM_ESPEAK_PATH";
const PLACES = [
  ...["/usr/bin/espeak-ng", "/usr/local/bin/espeak-ng", "/opt/homebrew/bin/espeak-ng"],
  "C:\\Program Files\\eSpeak NG\\espeak-ng.exe",
];
const LIST_TIMEOUT_MS = 10_000;
const SPEAK_TIMEOUT_MS = 60_000;
const MOST_LIST_BYTES = 1024 * 1024;
const SAMPLE_RATE_HERTZ = 22_050;
/** Ten minutes; a planned chunk has less than two at half speed. */
const MOST_SOUND_BYTES = 600 * SAMPLE_RATE_HERTZ * 2;

/** Changes of a voice's sound by which it becomes a woman's; the first that is installed is taken. */
const FEMALE_VARIANTS = ["f2", "f3", "f4", "f1"];

/** `-s`, words a minute, by the speed it makes: the median of 26 languages, espeak-ng 1.51. The default is 175. */
const RATE_POINTS: readonly (readonly [speed: number, rate: number])[] = [
  [0.466, 80],
  [0.556, 100],
  [0.738, 131],
  [1, 175],
  [1.155, 200],
  [1.531, 262],
  [1.787, 300],
  [2.09, 350],
  [2.618, 449],
];
const SLOWEST_RATE = 80;
/** From here on it shortens what it made at this rate, so speed is proportional to rate. */
const SHORTENING_RATE = 450;
const SPEED_AT_SHORTENING = 2.6;
const FASTEST_RATE = 1_000;
/** Above this the shortening comes nearer, below it the voice's own pace. */
const FIRST_SHORTENED_SPEED = 2.35;

/** Semitones by `-p`, measured on three languages and two variants. */
const PITCH_POINTS: readonly (readonly [semitones: number, pitch: number])[] = [
  [-5.6, 0],
  [-4.7, 10],
  [-3.7, 20],
  [-2.7, 30],
  [-1.4, 40],
  [0, 50],
  [1.6, 60],
  [3.3, 70],
  [5.1, 80],
  [7, 90],
  [8.6, 99],
];

const scale: RateScale = {
  rateFor: (speed) =>
    Math.round(
      speed < FIRST_SHORTENED_SPEED
        ? between(RATE_POINTS, speed)
        : Math.min(FASTEST_RATE, Math.max(SHORTENING_RATE, (SHORTENING_RATE * speed) / SPEED_AT_SHORTENING)),
    ),
  corrected: (rate, got, wanted) => {
    if (rate >= SHORTENING_RATE) {
      return Math.round(Math.min(FASTEST_RATE, Math.max(SHORTENING_RATE, (rate * wanted) / got)));
    }
    // The text is a step away from the median; the next rate is that step away from what the median says.
    const onMedian = between(
      RATE_POINTS.map(([speed, at]) => [at, speed]),
      rate,
    );
    const next = Math.round(between(RATE_POINTS, (onMedian * wanted) / got));
    return Math.min(SHORTENING_RATE - 1, Math.max(SLOWEST_RATE, next));
  },
};

/** y at x on straight lines between points that are in the order of x; the first or last y beyond them. */
function between(points: readonly (readonly [x: number, y: number])[], x: number): number {
  let [beforeX, beforeY] = points[0]!;
  if (x <= beforeX) return beforeY;
  for (const [nextX, nextY] of points) {
    if (x <= nextX) return beforeY + ((nextY - beforeY) * (x - beforeX)) / (nextX - beforeX || 1);
    [beforeX, beforeY] = [nextX, nextY];
  }
  return beforeY;
}

/** espeak-ng: more than 100 languages, by formant synthesis. */
export const espeak: SystemProgram = {
  family: "Espeak",
  setting: SETTING,
  find: (variables) => locate({ name: SETTING, value: variables[SETTING] }, PLACES, "espeak-ng"),
  voices: listVoices,
  speak,
  sampleRateHertz: SAMPLE_RATE_HERTZ,
  // Its slowest rate is 0.43 to 0.55 of the usual one, by language.
  speed: { min: 0.6, max: 4 },
  pitchSemitones: { min: -5, max: 8 },
  leavesOut: espeakLeavesOut,
};

interface Listed {
  language: string;
  gender: string;
  name: string;
  file: string;
}

/** A line of `--voices`: priority, language, age/gender, name with underscores, file, other languages. */
const VOICE_LINE = /^\s*\d+\s+(\S+)\s+\S+\/([MF-])\s+(\S+)\s+(\S.*?)\s*(?:\(.*)?$/;

async function list(path: string, what: string): Promise<Listed[]> {
  const run = { path, args: [what], timeoutMs: LIST_TIMEOUT_MS, maxBytes: MOST_LIST_BYTES };
  const lines = (await runChild(run, new AbortController().signal)).toString("utf8").split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, language, gender, name, file] = VOICE_LINE.exec(line) ?? [];
    return file === undefined ? [] : [{ language: language!, gender: gender!, name: name!, file }];
  });
}

async function listVoices(path: string): Promise<NativeVoice[]> {
  const [voices, variants] = await Promise.all([list(path, "--voices"), list(path, "--voices=variant")]);
  const female = FEMALE_VARIANTS.find((variant) => variants.some(({ file }) => file === `!v/${variant}`));
  return voices
    .filter(({ file }) => !/^(mb\/|!v\/)/.test(file)) // MBROLA's need files that are seldom there
    .flatMap(({ language, gender, name, file }) => {
      const charsPerSecond = espeakCharsPerSecond(language);
      // Dialects and transcriptions are seldom what somebody means who names a language.
      const preference = language.split("-").length > 2 || /latin/i.test(name) ? 3 : 5;
      const own = { language, charsPerSecond };
      const voice: NativeVoice = {
        ...own,
        nativeName: file,
        name,
        gender: gender === "F" ? "female" : "male",
        preference,
      };
      if (!female || voice.gender === "female") return [voice];
      const woman = { nativeName: `${file}+${female}`, name: `${name} Female`, gender: "female" } as const;
      return [voice, { ...own, ...woman, preference: preference - 2 }];
    });
}

/**
 * A dash between words is a pause (the Japanese voice gives its name). Runs of a sign are taken apart: eight dollar signs
 * can crash the Hindi and the Armenian voice of 1.51.
 */
const plain = (text: string) =>
  harmless(text)
    .replace(/\s*[—―]\s*/g, ", ")
    .replace(/([^\p{L}\p{N}\s.!?])\1{2,}/gu, (run) => [...run].join(" "));

async function speak(path: string, text: string, manner: Manner, signal: AbortSignal): Promise<Sound> {
  const input = plain(text);
  const pitch = Math.round(between(PITCH_POINTS, manner.pitchSemitones));
  const say = async (rate: number | undefined): Promise<Sound> => {
    const args = ["-b", "1", "--stdin", "--stdout", "-v", manner.nativeName];
    if (rate !== undefined) args.push("-s", String(rate));
    if (manner.pitchSemitones !== 0) args.push("-p", String(pitch));
    const run = { path, args, input, timeoutMs: SPEAK_TIMEOUT_MS, maxBytes: MOST_SOUND_BYTES };
    return soundOfWav(await runChild(run, signal), SAMPLE_RATE_HERTZ);
  };
  return atSpeed(manner.speed, say, scale);
}
