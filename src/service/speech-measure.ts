import { invalidField } from "../errors.ts";
import { estimateDurationSeconds } from "../speech/plan/estimate.ts";
import { buildScript, isScript, voiceFacts } from "../speech/script/build.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { Speakers } from "./speakers.ts";

/**
 * About how long a text takes to say, and what of it its voices leave out.
 * @throws AppError INVALID_INPUT when there is nothing to say; UNSUPPORTED_MODIFIER for what a voice can't do
 */
export function measureSpeech({ entries, source }: Speakers): { seconds: number; warnings: string[] } {
  const { texts, pauseSeconds } = textsOf(source, entries);
  const reports = entries
    .filter(({ voice }) => texts.has(voice.voiceId))
    .map(({ engine, voice }) => engine.inspect(texts.get(voice.voiceId)!.text, voice.voiceId));
  const warnings = [...new Set(reports.flatMap((report) => report.warnings))];
  if (!reports.some(({ speakable }) => speakable)) {
    const { voiceId, language } = entries[0].voice;
    throw invalidField(
      "text",
      `${voiceId} can't speak anything in this text. ${warnings.join(" ")}`.trim(),
      `send words in ${language}, or choose a voice for the text's language with search_voices`,
    );
  }
  const seconds = entries.reduce((sum, { voice }) => sum + (texts.get(voice.voiceId)?.seconds ?? 0), pauseSeconds);
  return { seconds, warnings };
}

interface Said {
  text: string;
  seconds: number;
}

/** What each voice says. */
function textsOf(source: Speakers["source"], entries: readonly CatalogueEntry[]) {
  const byId = new Map(entries.map((entry) => [entry.voice.voiceId, entry]));
  const texts = new Map<string, Said>();
  const say = (voiceId: string, text: string, speed: number) => {
    const seconds = estimateDurationSeconds(text, byId.get(voiceId)!.voice, speed);
    const before = texts.get(voiceId);
    texts.set(
      voiceId,
      before ? { text: `${before.text}\n${text}`, seconds: before.seconds + seconds } : { text, seconds },
    );
  };
  let pauseSeconds = 0;
  if (!isScript(source)) say(source.voiceId, source.text, source.speed);
  else {
    for (const part of buildScript(
      source,
      voiceFacts((voiceId) => byId.get(voiceId)!.engine),
    )) {
      if (part.kind === "pause") pauseSeconds += part.milliseconds / 1_000;
      else if (part.kind === "native" && part.dialogue) {
        for (const { voiceId, text } of part.dialogue) say(voiceId, text, part.manner.speed);
      } else say(part.manner.voiceId, part.text, part.manner.speed);
    }
  }
  return { texts, pauseSeconds };
}
