import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Gender } from "../engine.ts";
import { runChild } from "./child.ts";
import { locate } from "./locate.ts";
import { atSpeed, type RateScale } from "./pace.ts";
import { harmless, type Manner, type NativeVoice, type Sound, type SystemProgram } from "./program.ts";
import { soundOfWav } from "./sound.ts";

const SETTING = "AITTSM_SAY_PATH";
const LIST_TIMEOUT_MS = 10_000;
const SPEAK_TIMEOUT_MS = 120_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;
const SAMPLE_RATE_HERTZ = 22_050;

/** Apple's voices without a joke; `say -v ?` does not tell who is a woman. */
const GENDERS: Readonly<Record<string, Gender>> = Object.fromEntries([
  ..."Alex Daniel Fred Oliver Tom Aaron Arthur Gordon Lee Rishi Diego Jorge Juan Thomas Luca Xander Maged Yuri Eddy Reed Rocko Grandpa Ralph Junior Albert"
    .split(" ")
    .map((name) => [name, "male"]),
  ..."Samantha Victoria Karen Moira Tessa Fiona Kate Serena Allison Ava Susan Veena Anna Petra Amelie Audrey Aurelie Alice Federica Monica Paulina Luciana Joana Catarina Kyoko Otoya Yuna Mei-Jia Ting-Ting Sin-ji Meijia Tingting Sinji Milena Katya Zosia Ewa Ellen Claire Sara Nora Alva Klara Satu Yelda Zuzana Laura Ioana Melina Mariska Carmit Lekha Damayanti Kanya Linh Montse Lesya Flo Sandy Shelley Grandma Kathy Nicky Martha Catherine Isha Helena Marie"
    .split(" ")
    .map((name) => [name, "female"]),
]);

/** The words a minute that Apple gives for its voices' own pace; atSpeed corrects what differs. */
const USUAL_RATE = 175;

const scale: RateScale = {
  rateFor: (speed) => Math.round(USUAL_RATE * speed),
  corrected: (rate, got, wanted) => Math.round((rate * wanted) / got),
};

/** macOS's own voices. */
export const say: SystemProgram = {
  family: "Say",
  setting: SETTING,
  find: async (variables) =>
    process.platform === "darwin" || variables[SETTING] !== undefined
      ? locate({ name: SETTING, value: variables[SETTING] }, ["/usr/bin/say"], "say")
      : undefined,
  voices: listVoices,
  speak,
  sampleRateHertz: SAMPLE_RATE_HERTZ,
  speed: { min: 0.5, max: 2 },
  pitchSemitones: null,
};

/** A line of `say -v ?`: name, locale, and a sentence after a #. */
const VOICE_LINE = /^(\S.*?)\s+([a-z]{2,3}[_-][A-Za-z0-9_-]+)\s+#/;

async function listVoices(program: string): Promise<NativeVoice[]> {
  const run = { path: program, args: ["-v", "?"], timeoutMs: LIST_TIMEOUT_MS, maxBytes: MOST_OUTPUT_BYTES };
  const lines = (await runChild(run, new AbortController().signal)).toString("utf8").split("\n");
  return lines.flatMap((line) => {
    const [, nativeName, language] = VOICE_LINE.exec(line) ?? [];
    if (nativeName === undefined) return [];
    const gender = GENDERS[nativeName.split(" ")[0]!];
    return [
      {
        nativeName,
        language: language!,
        name: nativeName,
        gender: gender ?? "neutral",
        // Voices whose gender nobody knows are most often the jokes (Bells, Bubbles).
        preference: gender ? 7 : 2,
        charsPerSecond: 15,
      },
    ];
  });
}

async function speak(program: string, text: string, manner: Manner, signal: AbortSignal): Promise<Sound> {
  const folder = await mkdtemp(path.join(tmpdir(), "aittsm-say-"));
  const file = path.join(folder, "speech.wav");
  const input = harmless(text);
  try {
    return await atSpeed(
      manner.speed,
      async (rate) => {
        const args = ["-v", manner.nativeName, "-o", file, "--file-format=WAVE"];
        args.push(`--data-format=LEI16@${SAMPLE_RATE_HERTZ}`);
        if (rate !== undefined) args.push("-r", String(rate));
        args.push("-f", "-");
        const run = { path: program, args, input, timeoutMs: SPEAK_TIMEOUT_MS, maxBytes: MOST_OUTPUT_BYTES };
        await runChild(run, signal);
        return soundOfWav(await readFile(file), SAMPLE_RATE_HERTZ);
      },
      scale,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
