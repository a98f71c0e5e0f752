import { randomBytes } from "node:crypto";
import { AppError, invalidField } from "../../errors.ts";
import type { OutputFormat } from "../../speech/encoders/encoder.ts";
import { extensionOf } from "../../speech/formats.ts";
import type { Store } from "../../store/database.ts";
import type { AudioFile, AudioFiles } from "../audio-files.ts";
import { hashToken } from "../links.ts";
import type { AccessCodeService, Consumption } from "./access-codes.ts";
import type { CodeGuard } from "./code-guard.ts";
import type { ShareAudioSignature, ShareLinks } from "./share-links.ts";
import { type ShareRow, shareState } from "./share-row.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Who came in by a code stays in for so long at most. */
const GRANT_LIFE_MS = 30 * DAY_MS;
/** So many plays are remembered, so that seeking in a track does not count again. */
const MAX_REMEMBERED_PLAYS = 10_000;
/** Enough that no two visits of a share have the same. */
const VISIT_BYTES = 9;

/** A track as the page shows it; the paths are signed and short-lived. */
export interface VisitedTrack {
  title?: string;
  durationSeconds?: number;
  contentType: string;
  /** Below the origin. */
  audioPath: string;
  downloadPath?: string;
}

/** What a visitor of a share sees. */
export type Visit = {
  title?: string;
  description?: string;
} & ({ needsCode: true } | { needsCode: false; tracks: VisitedTrack[] });

/** A grant for the page's cookie. */
export interface Entry {
  cookie: string;
  expiresAt: number;
  /** Whether the page is reached by https, as the world sees it: the request may come from a proxy by http. */
  secure: boolean;
}

interface Parts {
  store: Store;
  links: ShareLinks;
  codes: AccessCodeService;
  guard: CodeGuard;
  audioFiles: AudioFiles;
}

/** What people without an account do: look at a share, enter its code, listen. */
export class ShareVisits {
  readonly #parts: Parts;
  readonly #played = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Changes nothing: link previews look too. @throws AppError NOT_FOUND; SHARE_EXPIRED when it is over. */
  async look(token: string, cookie: string | undefined): Promise<Visit> {
    const share = await this.#share(token);
    const { title, description } = share;
    const shown = { title: title ?? undefined, description: description ?? undefined };
    const codeId = await this.#admitted(share, cookie);
    if (codeId === undefined) return { title: shown.title, needsCode: true };
    return { ...shown, needsCode: false, tracks: await this.#tracks(token, share, codeId) };
  }

  /**
   * Exchanges a code for a grant, and counts the code's use. Who is in already uses none.
   * @throws AppError INVALID_INPUT for a code that does not open this share; RATE_LIMITED; as `look`.
   */
  async enter(
    token: string,
    { code, cookie, address }: { code: string; cookie: string | undefined; address: string },
  ): Promise<Entry | undefined> {
    const share = await this.#share(token);
    if ((await this.#admitted(share, cookie)) !== undefined) return undefined;
    const { codes, guard, links } = this.#parts;
    const used = await guard.attempt(address, share.share_id, async () => {
      const result = await codes.consume(share.share_id, code);
      return { wrong: result === "unknown", result };
    });
    if (typeof used === "string") throw invalidField("code", REFUSED[used]);
    const expiresAt = Math.min(Date.now() + GRANT_LIFE_MS, share.expires_at ?? Number.POSITIVE_INFINITY);
    const grant = links.grant(share.share_id, { codeId: used.codeId, expiresAt });
    return { cookie: grant, expiresAt, secure: (await links.urls())(share).startsWith("https:") };
  }

  /**
   * A track's audio, by the URL that the page gave.
   * @throws AppError NOT_FOUND for a signature that is not ours or over; SHARE_EXPIRED; AUDIO_DELETED.
   */
  async audio(token: string, jobId: string, signature: ShareAudioSignature, download: boolean): Promise<AudioFile> {
    const share = await this.#share(token);
    const { links, codes, audioFiles, store } = this.#parts;
    const { code } = signature;
    // What its owner changed since then counts: the access, the code, whether downloads are allowed, the tracks.
    const admitted = share.access === "public" || (code !== "" && (await codes.stillAdmits(share.share_id, code)));
    const allowed = !download || share.allow_download === 1;
    if (!links.isGoodAudio(share.share_id, jobId, signature) || !admitted || !allowed) throw noSuchTrack();
    const track = await store
      .selectFrom("share_tracks")
      .innerJoin("jobs", "jobs.job_id", "share_tracks.job_id")
      .select(["title", "output_format"])
      .where("share_id", "=", share.share_id)
      .where("share_tracks.job_id", "=", jobId)
      .executeTakeFirst();
    if (!track) throw noSuchTrack();
    const file = await audioFiles.find(jobId).catch((error) => {
      // Its hint is for who made the audio.
      throw error instanceof AppError ? new AppError(error.code, "This audio was deleted.") : error;
    });
    const extension = extensionOf(track.output_format as OutputFormat);
    return {
      ...file,
      mayChange: true,
      fileName: `${fileName(track.title ?? "") || `track-${jobId.slice(0, 8)}`}.${extension}`,
    };
  }

  /** Counts a play, once for each time that a page was opened and each of its tracks. */
  async played(token: string, jobId: string, { visit }: ShareAudioSignature): Promise<void> {
    const play = `${jobId} ${visit}`;
    if (this.#played.has(play)) return;
    this.#played.add(play);
    if (this.#played.size > MAX_REMEMBERED_PLAYS) this.#played.delete(this.#played.values().next().value!);
    await this.#parts.store
      .updateTable("shares")
      .set((eb) => ({ plays: eb("plays", "+", 1) }))
      .where("token_hash", "=", hashToken(token))
      .execute();
  }

  async #share(token: string): Promise<ShareRow> {
    const row = await this.#parts.store
      .selectFrom("shares")
      .selectAll()
      .where("token_hash", "=", hashToken(token))
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND", "There is nothing at this address.", { hint: "check the link" });
    const state = shareState(row);
    if (state === "active") return row;
    throw new AppError("SHARE_EXPIRED", state === "revoked" ? "This share was closed." : "This share has expired.", {
      hint: "ask who sent it for a new link",
    });
  }

  /** The code by which the visitor is in ("" for a public share); undefined for one who needs a code. */
  async #admitted(share: ShareRow, cookie: string | undefined): Promise<string | undefined> {
    if (share.access === "public") return "";
    const grant = this.#parts.links.readGrant(share.share_id, cookie);
    const admits = grant && (await this.#parts.codes.stillAdmits(share.share_id, grant.codeId));
    return admits ? grant.codeId : undefined;
  }

  async #tracks(token: string, share: ShareRow, codeId: string): Promise<VisitedTrack[]> {
    const rows = await this.#parts.store
      .selectFrom("share_tracks")
      .innerJoin("jobs", "jobs.job_id", "share_tracks.job_id")
      .select(["jobs.job_id", "title", "duration_seconds", "content_type", "output_format"])
      .where("share_id", "=", share.share_id)
      .orderBy("position")
      .execute();
    // Long enough to hear it all from the beginning, and no longer than a day.
    const allMs = rows.reduce((sum, row) => sum + (row.duration_seconds ?? 0), 0) * 1000;
    const end = share.expires_at ?? Number.POSITIVE_INFINITY;
    const expiresAt = Math.min(Date.now() + Math.min(HOUR_MS + allMs, DAY_MS), end);
    const visit = randomBytes(VISIT_BYTES).toString("base64url");
    return rows.map((row) => {
      const query = this.#parts.links.signAudio(share.share_id, row.job_id, { codeId, visit, expiresAt });
      const extension = extensionOf(row.output_format as OutputFormat);
      const audioPath = `/s/${token}/audio/${row.job_id}.${extension}?${query}`;
      return {
        title: row.title ?? undefined,
        durationSeconds: row.duration_seconds ?? undefined,
        contentType: row.content_type,
        audioPath,
        downloadPath: share.allow_download ? `${audioPath}&download=1` : undefined,
      };
    });
  }
}

const REFUSED: Record<Extract<Consumption, string>, string> = {
  unknown: "This code is not right. Check it and try again.",
  used_up: "This code has been used already.",
  expired: "This code has expired.",
  disabled: "This code is switched off.",
};

/** A title without what some system does not take in a file's name; of a path only its last part would be left. */
const fileName = (title: string) => title.replace(/[\s\p{Cc}<>:"/\\|?*]+/gu, " ").trim();

const noSuchTrack = () =>
  new AppError("NOT_FOUND", "This address is not valid, or its time is over.", { hint: "open the share's page again" });
