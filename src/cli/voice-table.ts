import type { OutputOf } from "../contract/operation.ts";
import type { listVoices } from "../contract/voices.ts";
import type { ProviderState } from "./providers.ts";

type Voice = OutputOf<typeof listVoices>["voices"][number];

/** A line for each voice, in columns. */
export function voiceTable(found: readonly Voice[]): string {
  const rows = found.map(({ voice_id, gender, model_type, characteristics, available }) => {
    return [voice_id, gender, model_type, characteristics.accent ?? "", available === false ? "not available" : ""];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Why voices don't work: a line for each reason of each provider, and one for each provider that lists none. */
export function voiceNotes(voices: readonly Voice[], providers: readonly ProviderState[]): string[] {
  const reasons = new Map<string, { voice: Voice; count: number }>();
  for (const voice of voices.filter(({ available }) => available === false)) {
    const key = `${voice.provider} ${voice.why_unavailable}`;
    reasons.set(key, { voice, count: (reasons.get(key)?.count ?? 0) + 1 });
  }
  const hintOf = (id: string) => providers.find((provider) => provider.id === id)?.hint;
  const way = (hint: string | undefined) => (hint ? ` To use it: ${hint}.` : "");
  const sentence = (text: string) => text.replace(/\.?$/, ".");
  const unable = [...reasons.values()].map(({ voice, count }) => {
    const reason = sentence(voice.why_unavailable ?? "no reason given");
    return `${voice.provider}: ${count} not available: ${reason}${way(hintOf(voice.provider))}`;
  });
  const told = new Set([...reasons.values()].map(({ voice }) => voice.provider));
  const off = providers.filter(({ id, available }) => !available && !told.has(id));
  return [
    ...unable,
    ...off.map(({ id, why_unavailable = "not set up", hint }) => `${id}: ${sentence(why_unavailable)}${way(hint)}`),
  ];
}
