import * as z from "zod";

export const JobId = z.string().min(1).max(64);
export const VoiceId = z.string().min(1).max(200);
export const OutputFormat = z.enum(["wav", "mp3", "ogg_opus"]);
/** RFC 3339 UTC with milliseconds. */
export const Time = z.string();
export const Warnings = z.array(z.string());
export const WaitSeconds = z.number().min(0).max(55);
export const Metadata = z.record(z.string().max(64), z.string().max(16_384));

/** Metadata is at most this many keys and bytes of JSON. */
export const METADATA_LIMITS = { keys: 50, bytes: 16_384 } as const;

/** The fields of a list's request: how many at once, and where to go on. */
export const Page = {
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().max(512).optional(),
};
/** True: say what would be removed, and change nothing. */
export const DryRun = z.boolean().optional();
