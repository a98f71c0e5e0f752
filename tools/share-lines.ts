import type * as z from "zod";
import type { Share, ShareItem } from "../src/contract/shares.ts";
import { warningLines } from "./job-answer.ts";
import { count } from "./job-lines.ts";

const END = ({
  state,
  permanent,
  expires_at,
}: Pick<z.output<typeof ShareItem>, "state" | "permanent" | "expires_at">) =>
  state === "active" ? (permanent ? "permanent" : `until ${expires_at}`) : state;

/** A share in one line: its id, and what tells it from others. */
export function shareLine(share: z.output<typeof ShareItem>): string {
  const { share_id, title, access, track_count, plays } = share;
  const facts = [title && `"${title}"`, access, count(track_count, "track"), count(plays, "play"), END(share)];
  return `- ${share_id}: ${facts.filter(Boolean).join(", ")}, ${share.share_url}`;
}

/** A share with its tracks, one a line. */
export function shareText(share: z.output<typeof Share>): string {
  const { share_id, title, access, code_count, plays, tracks } = share;
  const facts = [access, count(code_count, "code"), count(plays, "play"), END(share)];
  return [
    `Share ${share_id}${title ? ` "${title}"` : ""}: ${facts.join(", ")}.`,
    `URL: ${share.share_url}`,
    `${count(tracks.length, "track")}:`,
    ...tracks.map((track, i) => `${i + 1}. ${track.job_id}${track.title ? ` "${track.title}"` : ""}`),
    ...warningLines(share.warnings),
  ].join("\n");
}
