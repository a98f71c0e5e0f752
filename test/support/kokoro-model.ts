import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import {
  type ModelManifest,
  manifestFile,
  modelFilesDir,
  RUNTIME_PACKAGE,
  runtimeDir,
} from "../../src/engines/kokoro/layout.ts";
import { FLOAT, INT64, model, node, tensor, value } from "./onnx.ts";

/** The speakers of sherpa-onnx's kokoro-multi-lang-v1_0, in the order of its voices.bin (scripts/kokoro/v1.0 there). */
export const PUBLISHED_SPEAKERS =
  "af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis ef_dora em_alex ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola jf_alpha jf_gongitsune jf_nezumi jf_tebukuro jm_kumo pf_dora pm_alex pm_santa zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang".split(
    " ",
  );

export const SAMPLE_RATE_HERTZ = 24_000;
/** What the model makes of each token at speed 1: 15 a second, as speech has. */
export const SAMPLES_PER_TOKEN = 1_600;
const STYLE_ROWS = 510;
const STYLE_WIDTH = 256;
/** Width of the matrices by which the model is made to work. */
const WORK_WIDTH = 512;

/** The tone in Hz by which a speaker is known. */
export const toneOf = (sid: number) => 200 + 10 * sid;

/** Signs of speech, one a token. The numbers are as they come. */
const SIGNS =
  ' ;:,.!?—…"()“”abcdefhijklmnopqrstuvwxyzAIOQSTWYɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻᵊ\u0303';

export interface MadeUpModel {
  speakers?: readonly string[];
  /** Products of big matrices for each call: makes it take its time. */
  work?: number;
  metadata?: Readonly<Record<string, string | number>>;
}

/**
 * A model in sherpa-onnx's Kokoro form that makes a tone: the longer the more tokens there are and the lower the speed,
 * at the speaker's own pitch (`toneOf`), and the louder the later the row of the voices' file is that was taken.
 */
export function kokoroOnnx({ speakers = PUBLISHED_SPEAKERS, work = 0, metadata = {} }: MadeUpModel = {}): Buffer {
  const scalar = (name: string, number: number) => tensor(name, [], new Float32Array([number]));
  const whole = (name: string, dims: number[], ...numbers: number[]) =>
    tensor(name, dims, BigInt64Array.from(numbers.map(BigInt)));
  const nodes = [
    node("Shape", ["tokens"], "shape"),
    node("Gather", ["shape", "one"], "count", { axis: 0 }),
    node("Cast", ["count"], "count_float", { to: FLOAT }),
    node("Squeeze", ["speed", "axis_0"], "pace"),
    node("Mul", ["count_float", "samples_per_token"], "own_length"),
    node("Div", ["own_length", "pace"], "length_float"),
    node("Cast", ["length_float"], "length", { to: INT64 }),
    node("Range", ["zero", "length", "one"], "index"),
    node("Cast", ["index"], "time", { to: FLOAT }),
    node("Gather", ["style", "zero"], "loudness", { axis: 1 }),
    node("Gather", ["style", "one"], "step", { axis: 1 }),
    node("Mul", ["time", "step"], "phase"),
    node("Sin", ["phase"], "wave"),
    node("Mul", ["wave", "loudness"], work > 0 ? "tone" : "audio"),
  ];
  const initializers = [
    whole("zero", [], 0),
    whole("one", [], 1),
    whole("axis_0", [1], 0),
    scalar("samples_per_token", SAMPLES_PER_TOKEN),
  ];
  if (work > 0) {
    nodes.push(
      node("Cast", ["tokens"], "tokens_float", { to: FLOAT }),
      node("Transpose", ["tokens_float"], "column"),
      node("MatMul", ["column", "widen"], "work_0"),
    );
    for (let i = 0; i < work; i++) nodes.push(node("MatMul", [`work_${i}`, "mix"], `work_${i + 1}`));
    nodes.push(
      node("ReduceMean", [`work_${work}`], "mean", { keepdims: 0 }),
      // Used, so that it is not left out; too small to be heard.
      node("Mul", ["mean", "hardly"], "nothing"),
      node("Add", ["tone", "nothing"], "audio"),
    );
    initializers.push(
      tensor("widen", [1, WORK_WIDTH], new Float32Array(WORK_WIDTH).fill(1)),
      tensor("mix", [WORK_WIDTH, WORK_WIDTH], new Float32Array(WORK_WIDTH ** 2).fill(1 / WORK_WIDTH)),
      scalar("hardly", 1e-9),
    );
  }
  return model({
    nodes,
    initializers,
    inputs: [
      value("tokens", INT64, [1, "token_count"]),
      value("style", FLOAT, [1, STYLE_WIDTH]),
      value("speed", FLOAT, [1]),
    ],
    outputs: [value("audio", FLOAT, ["length"])],
    opset: 14,
    metadata: {
      ...{ model_type: "kokoro", language: "made up", has_espeak: 1, version: 2, voice: "en-us" },
      ...{ sample_rate: SAMPLE_RATE_HERTZ, n_speakers: speakers.length, speaker_names: speakers.join(",") },
      style_dim: `${STYLE_ROWS},1,${STYLE_WIDTH}`,
      ...metadata,
    },
  });
}

/** voices.bin for `kokoroOnnx`: a row of STYLE_WIDTH numbers for each speaker and count of tokens. */
function voicesFile(speakers: number): Buffer {
  const floats = new Float32Array(speakers * STYLE_ROWS * STYLE_WIDTH);
  for (let sid = 0; sid < speakers; sid++) {
    const step = (2 * Math.PI * toneOf(sid)) / SAMPLE_RATE_HERTZ;
    for (let row = 0; row < STYLE_ROWS; row++) {
      floats.set([0.3 + row / 1_000, step], (sid * STYLE_ROWS + row) * STYLE_WIDTH);
    }
  }
  return Buffer.from(floats.buffer);
}

/** The data of espeak-ng, as the npm package that has it for browsers packs it: one file, and where each begins and ends. */
function espeakData(): [name: string, content: Buffer][] {
  const main = createRequire(import.meta.url).resolve("@echogarden/espeak-ng-emscripten");
  const folder = path.dirname(main);
  const data = readFileSync(path.join(folder, "espeak-ng.data"));
  const listed = readFileSync(path.join(folder, "espeak-ng.js"), "utf8");
  const found = [...listed.matchAll(/filename:"[^"]*\/(espeak-ng-data\/[^"]+)",start:(\d+),end:(\d+)/g)];
  return found.map(([, name, start, end]) => [name!, data.subarray(Number(start), Number(end))]);
}

/** Languages of Kokoro's voices, and what every language needs. */
const ESPEAK_FILES = /\/(phontab|phonindex|phondata|intonations|(en|es|fr|hi|it|ja|pt|cmn)_dict|lang\/.*|voices\/.*)$/;

/** A few words of Chinese, as a lexicon has them. */
const LEXICON_ZH = "你好 n i → h a u →\n你 n i →\n好 h a u →\n世 ʂ ɨ ↘\n界 tɕ ɛ ↘\n".replaceAll("tɕ", "t ɕ");

/** The files of a model below a folder, as its archive has them. */
export function writeKokoroModel(folder: string, made: MadeUpModel = {}): void {
  const speakers = made.speakers ?? PUBLISHED_SPEAKERS;
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  };
  write("model.onnx", kokoroOnnx(made));
  write("voices.bin", voicesFile(speakers.length));
  write("tokens.txt", [...SIGNS].map((sign, id) => `${sign} ${id}\n`).join(""));
  write("lexicon-zh.txt", LEXICON_ZH);
  for (const [name, content] of espeakData()) if (ESPEAK_FILES.test(name)) write(name, content);
}

/** Puts a made-up model where `aittsm models pull kokoro` would, with its manifest. */
export function installKokoroModel(modelDir: string, made: MadeUpModel = {}): ModelManifest {
  const folder = modelFilesDir(modelDir);
  writeKokoroModel(folder, made);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map(({ parentPath, name }) => {
    const content = readFileSync(path.join(parentPath, name));
    const relative = path.relative(folder, path.join(parentPath, name)).replaceAll(path.sep, "/");
    return { path: relative, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  });
  const manifest: ModelManifest = {
    format: 1,
    name: "kokoro-made-up",
    source: folder,
    archive_sha256: createHash("sha256").update(JSON.stringify(files)).digest("hex"),
    checksum: "first pull",
    installed_at: new Date().toISOString(),
    files,
  };
  writeFileSync(manifestFile(modelDir), JSON.stringify(manifest));
  return manifest;
}

/** Puts the runtime that the tests have where `aittsm models pull kokoro` would. */
export function linkKokoroRuntime(modelDir: string): void {
  const packages = path.join(runtimeDir(modelDir), "node_modules");
  mkdirSync(packages, { recursive: true });
  const main = createRequire(import.meta.url).resolve(RUNTIME_PACKAGE);
  symlinkSync(path.dirname(main), path.join(packages, RUNTIME_PACKAGE), "junction");
}

/** The Hz of a tone, by how often it passes zero. */
export function measuredTone(samples: Int16Array): number {
  let passes = 0;
  for (let i = 1; i < samples.length; i++) if (samples[i - 1]! < 0 !== samples[i]! < 0) passes++;
  return passes / 2 / (samples.length / SAMPLE_RATE_HERTZ);
}

/** How many tokens the model was given for this sound. */
export const tokensIn = (samples: Int16Array, speed = 1): number =>
  Math.round((samples.length / SAMPLES_PER_TOKEN) * speed);
