import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What a fake program was called with. */
export interface RecordedCall {
  pid: number;
  argv: string[];
  stdin: string;
  env: Record<string, string>;
}

/** A program made for a test: it lists voices, and notes how it is called. */
export interface FakeProgram {
  path: string;
  calls(): RecordedCall[];
}

/** The samples a text has at a rate of 1: a tone, so that it is no silence. */
export const FAKE_SAMPLES_PER_CHARACTER = 1_000;

const PREAMBLE = (log: string) => `#!${process.execPath}
const fs = require("node:fs");
const argv = process.argv.slice(2);
const stdin = fs.readFileSync(0, "utf8");
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify({ pid: process.pid, argv, stdin, env: process.env }) + "\\n");
const after = (flag) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
const tone = (count) => {
  const samples = Buffer.alloc(Math.round(count) * 2);
  for (let i = 0; i < samples.length / 2; i++) samples.writeInt16LE(Math.round(8000 * Math.sin(i / 5)), i * 2);
  return samples;
};
const wav = (samples) => {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0); header.writeUInt32LE(36 + samples.length, 4); header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16); header.writeUInt16LE(1, 20); header.writeUInt16LE(1, 22);
  header.writeUInt32LE(22050, 24); header.writeUInt32LE(44100, 28); header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34); header.write("data", 36); header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
};
const PER_CHARACTER = ${FAKE_SAMPLES_PER_CHARACTER};
`;

function program(folder: string, name: string, body: string): FakeProgram {
  const file = path.join(folder, name);
  const log = `${file}.log`;
  writeFileSync(file, PREAMBLE(log) + body, { mode: 0o755 });
  return {
    path: file,
    calls: () => {
      const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
      return lines.map((line) => JSON.parse(line));
    },
  };
}

/** `say` of macOS, whose voices speak 200 words a minute of themselves. */
export function fakeSay(folder: string): FakeProgram {
  return program(
    folder,
    "say",
    `
if (after("-v") === "?") {
  process.stdout.write(
    "Samantha            en_US    # Hello! My name is Samantha.\\n" +
    "Daniel              en_GB    # Hello! My name is Daniel.\\n" +
    "Bad News            en_US    # Hello! My name is Bad News.\\n" +
    "Eddy (German (Germany)) de_DE    # Hallo! Ich heisse Eddy.\\n" +
    "Majed               ar_001   # مرحبًا! اسمي ماجد.\\n");
} else {
  const rate = Number(after("-r") ?? 200);
  fs.writeFileSync(after("-o"), wav(tone(stdin.length * PER_CHARACTER * 200 / rate)));
}
`,
  );
}

/** Windows PowerShell, as far as the engine's two scripts need it. */
export function fakePowershell(folder: string): FakeProgram {
  return program(
    folder,
    "powershell.exe",
    `
const script = Buffer.from(after("-EncodedCommand"), "base64").toString("utf16le");
if (script.includes("GetInstalledVoices")) {
  process.stdout.write(JSON.stringify([
    { name: "Microsoft Zira Desktop", language: "en-US", gender: "Female" },
    { name: "Microsoft Hedda Desktop", language: "de-DE", gender: "Female" },
    { name: "Microsoft David Desktop", language: "en-US", gender: "Male" }]));
} else {
  const { rate, text } = JSON.parse(stdin);
  process.stdout.write(tone(text.length * PER_CHARACTER / 3 ** (rate / 10)));
}
`,
  );
}

/** espeak-ng with one voice. What it does when it is to speak is the test's. */
export function fakeEspeak(folder: string, speaking: string): FakeProgram {
  return program(
    folder,
    "espeak-ng",
    `
if (argv[0].startsWith("--voices")) {
  process.stdout.write("Pty Language       Age/Gender VoiceName          File                 Other Languages\\n");
  if (argv[0] === "--voices") process.stdout.write(" 5  de              --/M      German             gmw/de               \\n");
} else {
  ${speaking}
}
`,
  );
}

/** Speech of the text's length. */
export const SPEAKS = "process.stdout.write(wav(tone(stdin.length * PER_CHARACTER)));";
