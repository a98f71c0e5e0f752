import path from "node:path";
import type { Gender } from "../engine.ts";
import { runChild } from "./child.ts";
import { locate } from "./locate.ts";
import { atSpeed, type RateScale } from "./pace.ts";
import { harmless, type Manner, type NativeVoice, type Sound, type SystemProgram } from "./program.ts";
import { soundOfPcm } from "./sound.ts";

const SETTING = "AITTSM_POWERSHELL_PATH";
const LIST_TIMEOUT_MS = 30_000;
const SPEAK_TIMEOUT_MS = 120_000;
const MOST_LIST_BYTES = 1024 * 1024;
const SAMPLE_RATE_HERTZ = 22_050;
const MOST_SOUND_BYTES = 600 * SAMPLE_RATE_HERTZ * 2;

/** Lists the voices as JSON. */
const LIST_SCRIPT = `
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
Add-Type -AssemblyName System.Speech
$s = New-Object System.Speech.Synthesis.SpeechSynthesizer
$v = @($s.GetInstalledVoices() | Where-Object { $_.Enabled } | ForEach-Object {
  @{ name = $_.VoiceInfo.Name; language = $_.VoiceInfo.Culture.Name; gender = [string]$_.VoiceInfo.Gender } })
[Console]::Out.Write((ConvertTo-Json -InputObject $v -Compress))
`;

/**
 * Speaks what stdin says, as JSON in ASCII: voice, rate and text. AppendText takes the text for text: SAPI reads XML only
 * where it is given a string to parse. Samples go to stdout, without a header.
 */
const SPEAK_SCRIPT = `
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
$r = [Console]::In.ReadToEnd() | ConvertFrom-Json
Add-Type -AssemblyName System.Speech
$s = New-Object System.Speech.Synthesis.SpeechSynthesizer
$s.SelectVoice($r.voice)
$s.Rate = [int]$r.rate
$f = New-Object System.Speech.AudioFormat.SpeechAudioFormatInfo ${SAMPLE_RATE_HERTZ}, 'Sixteen', 'Mono'
$m = New-Object System.IO.MemoryStream
$s.SetOutputToAudioStream($m, $f)
$b = New-Object System.Speech.Synthesis.PromptBuilder $s.Voice.Culture
$b.AppendText($r.text)
$s.Speak($b)
$o = [Console]::OpenStandardOutput()
$m.WriteTo($o)
$o.Flush()
`;

const argumentsOf = (script: string) => [
  ...["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand"],
  Buffer.from(script, "utf16le").toString("base64"),
];

const MOST_RATE = 10;
/** SAPI's rate goes from -10 to 10 in whole steps; ten make speech three times as fast (ISpVoice::SetRate). */
const stepsFor = (factor: number) => 10 * (Math.log(factor) / Math.log(3));
const inRange = (rate: number) => Math.max(-MOST_RATE, Math.min(MOST_RATE, Math.round(rate)));

const scale: RateScale = {
  rateFor: (speed) => inRange(stepsFor(speed)),
  corrected: (rate, got, wanted) => inRange(rate + stepsFor(wanted / got)),
};

/** Windows' own voices. */
export const sapi: SystemProgram = {
  family: "Sapi",
  setting: SETTING,
  find: async (variables) => {
    if (process.platform !== "win32" && variables[SETTING] === undefined) return undefined;
    const system = process.env.SystemRoot ?? "C:\\Windows";
    const place = path.join(system, "System32", "WindowsPowerShell", "v1.0", "powershell.exe");
    return locate({ name: SETTING, value: variables[SETTING] }, [place], "powershell.exe");
  },
  voices: listVoices,
  speak,
  sampleRateHertz: SAMPLE_RATE_HERTZ,
  speed: { min: 0.5, max: 3 },
  pitchSemitones: null,
};

async function listVoices(program: string): Promise<NativeVoice[]> {
  const run = {
    path: program,
    args: argumentsOf(LIST_SCRIPT),
    timeoutMs: LIST_TIMEOUT_MS,
    maxBytes: MOST_LIST_BYTES,
  };
  const listed: unknown = JSON.parse((await runChild(run, new AbortController().signal)).toString("utf8"));
  if (!Array.isArray(listed)) throw new Error("PowerShell gave no list of voices");
  return listed.map((one: Record<string, unknown>) => ({
    nativeName: String(one.name),
    language: String(one.language),
    // "Microsoft Zira Desktop": every name has the first and the last word.
    name: String(one.name).replace(/^Microsoft | Desktop$/g, ""),
    gender: (["male", "female"].find((gender) => gender === String(one.gender).toLowerCase()) ?? "neutral") as Gender,
    preference: 7,
    charsPerSecond: 15,
  }));
}

async function speak(program: string, text: string, manner: Manner, signal: AbortSignal): Promise<Sound> {
  const say = async (rate = 0): Promise<Sound> => {
    const run = {
      path: program,
      args: argumentsOf(SPEAK_SCRIPT),
      input: asciiJson({ voice: manner.nativeName, rate, text: harmless(text) }),
      timeoutMs: SPEAK_TIMEOUT_MS,
      maxBytes: MOST_SOUND_BYTES,
    };
    return soundOfPcm(await runChild(run, signal), SAMPLE_RATE_HERTZ);
  };
  return atSpeed(manner.speed, say, scale);
}

/** JSON whatever code page the console has. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
