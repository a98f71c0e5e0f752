import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { invalidField } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import { isoTime } from "../clock.ts";
import { CREATE_SHARE, idempotencyKey, remember, replay } from "../idempotency.ts";
import { contains, cursors, type PageRequest, pageOf } from "../paging.ts";
import type { ShareLinks } from "./share-links.ts";
import { bulkRevokeShares, revokeShare, type ShareSelection } from "./share-revocation.ts";
import { inState, requireOpenShare, requireShare, type ShareRow, type ShareState, shareState } from "./share-row.ts";
import { changeTracks, refuseRepeats, requireTracks, type Track, tracksOf, writeTracks } from "./share-tracks.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 7;

type Access = ShareRow["access"];

export interface ShareItem {
  shareId: string;
  shareUrl: string;
  state: ShareState;
  title?: string;
  access: Access;
  permanent: boolean;
  expiresAt?: string;
  plays: number;
}

export interface Share extends ShareItem {
  description?: string;
  allowDownload: boolean;
  createdAt: string;
  codeCount: number;
  tracks: Track[];
  warnings?: string[];
}

export interface NewShare {
  jobIds: readonly string[];
  title?: string;
  description?: string;
  access: Access;
  allowDownload?: boolean;
  expiresInDays?: number;
  permanent?: boolean;
}

export interface SharePatch {
  title?: string;
  description?: string;
  access?: Access;
  allowDownload?: boolean;
  expiresInDays?: number;
  addJobIds?: readonly string[];
  removeJobIds?: readonly string[];
}

interface Parts {
  store: Store;
  links: ShareLinks;
  /** What belongs into every answer that gives a link away, such as that it opens on this machine only. */
  linkWarnings: readonly string[];
}

const cursor = cursors("shares", ["number", "string"]);
const inDays = (days: number) => Date.now() + days * DAY_MS;
/** In the form in which `contains` looks for it. */
const orNull = (text: string | undefined) => text?.normalize("NFC").trim() || null;

/** The shares of an account; each change is one transaction. */
export class ShareService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @param key the caller's idempotency key: a repeat gets the first answer
   * @throws AppError INVALID_INPUT, NOT_FOUND, JOB_NOT_COMPLETED, AUDIO_DELETED (nothing is made); IDEMPOTENCY_KEY_REUSED
   */
  async create(
    accountId: string,
    input: NewShare,
    key: string | undefined,
  ): Promise<{ share: Share; replayed: boolean }> {
    refuseRepeats("job_ids", input.jobIds);
    if (input.permanent && input.expiresInDays !== undefined) {
      throw invalidField("permanent", "permanent and expires_in_days were both sent.", "send one of them");
    }
    const { store, links } = this.#parts;
    const urlOf = await links.urls();
    const once = key === undefined ? undefined : idempotencyKey(CREATE_SHARE, key, input);
    return store.transaction().execute(async (trx) => {
      const earlier = once && (await replay<{ sealed: string }>(trx, accountId, once));
      if (once && earlier) return { share: links.openAnswer<Share>(once.fingerprint, earlier), replayed: true };
      await requireTracks(trx, accountId, input.jobIds);
      const share_id = randomUUID();
      await trx
        .insertInto("shares")
        .values({
          share_id,
          account_id: accountId,
          ...links.newToken(share_id),
          title: orNull(input.title),
          description: orNull(input.description),
          access: input.access,
          allow_download: input.allowDownload ? 1 : 0,
          expires_at: input.permanent ? null : inDays(input.expiresInDays ?? DEFAULT_DAYS),
          revoked_at: null,
          created_at: Date.now(),
        })
        .execute();
      await writeTracks(trx, share_id, input.jobIds);
      const share = { ...(await this.#whole(trx, accountId, share_id, urlOf)), ...this.#linkWarnings() };
      if (once) await remember(trx, accountId, once, links.sealAnswer(once.fingerprint, share));
      return { share, replayed: false };
    });
  }

  /** Newest first; `query` is a part of title or description. */
  async list(
    accountId: string,
    { state, query, limit, cursor: after }: PageRequest & Partial<{ query: string }> & { state: ShareState | "all" },
  ) {
    const from = after === undefined ? undefined : cursor.read(after);
    const urlOf = await this.#parts.links.urls();
    let matching = this.#parts.store.selectFrom("shares").where("account_id", "=", accountId);
    if (state !== "all") matching = matching.where(inState(state));
    if (query) matching = matching.where((eb) => eb.or([contains("title", query), contains("description", query)]));
    const trackCount = sql<number>`(select count(*) from share_tracks where share_tracks.share_id = shares.share_id)`;
    let page = matching
      .selectAll()
      .select(trackCount.as("track_count"))
      .orderBy("created_at", "desc")
      .orderBy("share_id");
    if (from) {
      const [createdAt, shareId] = from;
      page = page
        .where("created_at", "<=", createdAt)
        .where((eb) => eb.or([eb("created_at", "<", createdAt), eb("share_id", ">", shareId)]));
    }
    const rows = await page.limit(limit + 1).execute();
    const { total } = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
    const shown = pageOf(rows, limit, (last) => cursor.make([last.created_at, last.share_id]));
    const shares = shown.rows.map((row) => ({ ...item(row, urlOf), trackCount: row.track_count }));
    return { shares, total, nextCursor: shown.nextCursor };
  }

  /** @throws AppError NOT_FOUND. */
  async get(accountId: string, shareId: string): Promise<Share> {
    return this.#whole(this.#parts.store, accountId, shareId, await this.#parts.links.urls());
  }

  /** A share's link, to be drawn or printed. @throws AppError NOT_FOUND; SHARE_EXPIRED for one that was revoked. */
  async link(accountId: string, shareId: string): Promise<{ shareUrl: string; warnings?: string[] }> {
    const urlOf = await this.#parts.links.urls();
    const row = await requireOpenShare(this.#parts.store, accountId, shareId);
    return { shareUrl: urlOf(row), ...this.#linkWarnings() };
  }

  /**
   * What is not given stays. `expiresInDays` counts from now, ends permanence, and opens an expired share again.
   * Jobs that are tracks already stay where they are; new ones come last.
   * @throws AppError NOT_FOUND; SHARE_EXPIRED for a revoked share; INVALID_INPUT; as `create` for jobs. Nothing changes then.
   */
  async update(accountId: string, shareId: string, patch: SharePatch): Promise<Share> {
    if (Object.values(patch).every((value) => value === undefined)) {
      throw invalidField("title", "There is nothing to change.", "send the fields that shall be different");
    }
    const { title, description, access, allowDownload, expiresInDays } = patch;
    return this.#change(accountId, shareId, async (trx) => {
      await changeTracks(trx, accountId, shareId, { add: patch.addJobIds ?? [], remove: patch.removeJobIds ?? [] });
      const set = {
        title: title === undefined ? undefined : orNull(title),
        description: description === undefined ? undefined : orNull(description),
        access,
        allow_download: allowDownload === undefined ? undefined : Number(allowDownload),
        expires_at: expiresInDays === undefined ? undefined : inDays(expiresInDays),
      };
      if (Object.values(set).every((value) => value === undefined)) return;
      await trx.updateTable("shares").set(set).where("share_id", "=", shareId).execute();
    });
  }

  /** `false` starts the 7 days anew. @throws AppError NOT_FOUND; SHARE_EXPIRED for a revoked share. */
  setPermanent(accountId: string, shareId: string, permanent: boolean): Promise<Share> {
    const expires_at = permanent ? null : inDays(DEFAULT_DAYS);
    return this.#change(accountId, shareId, async (trx) => {
      await trx.updateTable("shares").set({ expires_at }).where("share_id", "=", shareId).execute();
    });
  }

  /** @throws AppError NOT_FOUND; SHARE_EXPIRED; INVALID_INPUT when the ids are not exactly the tracks. */
  async reorder(accountId: string, shareId: string, jobIds: readonly string[]): Promise<Share> {
    refuseRepeats("job_ids", jobIds);
    return this.#change(accountId, shareId, async (trx) => {
      const present = (await tracksOf(trx, shareId)).map((track) => track.jobId);
      const unknown = jobIds.find((id) => !present.includes(id));
      const missing = present.find((id) => !jobIds.includes(id));
      if (unknown !== undefined) {
        throw invalidField("job_ids", `"${unknown}" is no track of this share.`, "update_share adds tracks");
      }
      if (missing !== undefined) {
        throw invalidField("job_ids", `job_ids leaves out the track "${missing}".`, "send every track once");
      }
      await writeTracks(trx, shareId, jobIds);
    });
  }

  /** As `revokeShare`. */
  revoke(accountId: string, shareId: string, dryRun: boolean) {
    return revokeShare(this.#parts.store, accountId, shareId, dryRun);
  }

  /** As `bulkRevokeShares`. */
  bulkRevoke(accountId: string, selection: ShareSelection, dryRun: boolean) {
    return bulkRevokeShares(this.#parts.store, accountId, selection, dryRun);
  }

  #linkWarnings(): { warnings?: string[] } {
    const { linkWarnings } = this.#parts;
    return linkWarnings.length > 0 ? { warnings: [...linkWarnings] } : {};
  }

  async #change(accountId: string, shareId: string, change: (trx: Store) => Promise<void>): Promise<Share> {
    const urlOf = await this.#parts.links.urls();
    return this.#parts.store.transaction().execute(async (trx) => {
      await requireOpenShare(trx, accountId, shareId);
      await change(trx);
      return this.#whole(trx, accountId, shareId, urlOf);
    });
  }

  async #whole(store: Store, accountId: string, shareId: string, urlOf: (row: ShareRow) => string): Promise<Share> {
    const row = await requireShare(store, accountId, shareId);
    const { codes } = await store
      .selectFrom("access_codes")
      .select((eb) => eb.fn.countAll<number>().as("codes"))
      .where("share_id", "=", shareId)
      .executeTakeFirstOrThrow();
    return {
      ...item(row, urlOf),
      description: row.description ?? undefined,
      allowDownload: row.allow_download === 1,
      createdAt: isoTime(row.created_at),
      codeCount: codes,
      tracks: await tracksOf(store, shareId),
    };
  }
}

function item(row: ShareRow, urlOf: (row: ShareRow) => string): ShareItem {
  return {
    shareId: row.share_id,
    shareUrl: urlOf(row),
    state: shareState(row),
    title: row.title ?? undefined,
    access: row.access,
    permanent: row.expires_at === null,
    expiresAt: row.expires_at === null ? undefined : isoTime(row.expires_at),
    plays: row.plays,
  };
}
