import type * as z from "zod";
import type { JobItem } from "../src/contract/jobs.ts";

type Item = z.output<typeof JobItem>;

/** A job in one line: its id, and what tells it from others. */
export function jobLine(job: Item): string {
  const facts = [
    job.title && `"${job.title}"`,
    job.status !== "completed" && job.status,
    job.duration_seconds !== undefined && `${Math.round(job.duration_seconds * 10) / 10} s`,
    job.audio_deleted && "audio deleted",
    job.voice_id,
    job.created_at,
    job.bookmarked && "bookmarked",
    job.tags.length > 0 && `tags ${job.tags.join(", ")}`,
  ];
  return `- ${job.job_id}: ${facts.filter(Boolean).join(", ")}`;
}

/** "1 job", "2 jobs". */
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** A page of anything as lines, with how to go on. */
export function pageText(
  lines: readonly string[],
  { total, next_cursor }: { total: number; next_cursor?: string },
  one: string,
  many = `${one}s`,
): string {
  const head = lines.length < total ? `${lines.length} of ${count(total, one, many)}` : count(total, one, many);
  return [
    `${head}${lines.length > 0 ? ":" : "."}`,
    ...lines,
    ...(next_cursor ? [`Next: call again with cursor "${next_cursor}".`] : []),
  ].join("\n");
}

/** The shares that lose tracks, as a sentence; empty when there are none. */
export const sharesText = (shares: readonly string[], would: boolean) =>
  shares.length > 0 ? ` ${would ? "Would lose" : "Lost"} a track: shares ${shares.join(", ")}.` : "";
