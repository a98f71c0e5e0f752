import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import { AppError, invalidField } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import type { Database } from "../../store/schema.ts";
import type { Signer } from "../../store/secrets.ts";
import { isoTime } from "../clock.ts";
import { cursors, type PageRequest, pageOf } from "../paging.ts";
import { comparable, newCode } from "./code-text.ts";
import { requireOpenShare, requireShare } from "./share-row.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** An export stays readable, and one account can't fill the disk. */
const MAX_CODES_PER_SHARE = 10_000;
/** Codes of one insert; each has nine values. */
const CODES_PER_INSERT = 100;

type CodeRow = Selectable<Database["access_codes"]>;
export type CodeState = "active" | "used_up" | "expired" | "disabled";

export interface AccessCode {
  codeId: string;
  code: string;
  state: CodeState;
  label?: string;
  uses: number;
  maxUses?: number;
  expiresAt?: string;
}

export interface CodePatch {
  label?: string;
  /** 0: no limit. */
  maxUses?: number;
  /** From now; 0: never. */
  expiresInDays?: number;
  enabled?: boolean;
}

/** What a code that was typed in leads to. */
export type Consumption = { codeId: string } | "unknown" | Exclude<CodeState, "active">;

const cursor = cursors("access_codes", ["number", "string"]);
const matchText = (shareId: string, code: string) => `${shareId}\n${comparable(code)}`;

/** The codes that open shares. Stored sealed and by HMAC: a copy of the database alone opens nothing. */
export class AccessCodeService {
  readonly #store: Store;
  readonly #signer: Signer;

  constructor(store: Store, signer: Signer) {
    this.#store = store;
    this.#signer = signer;
  }

  /** All or none. @throws AppError NOT_FOUND; SHARE_EXPIRED for a revoked share; INVALID_INPUT past 10,000 codes. */
  async create(
    accountId: string,
    shareId: string,
    input: { count: number; label?: string; maxUses?: number; expiresInDays?: number },
  ): Promise<{ codes: AccessCode[]; warnings?: string[] }> {
    const now = Date.now();
    const shared = {
      share_id: shareId,
      label: input.label?.trim() || null,
      max_uses: input.maxUses ?? null,
      uses: 0,
      expires_at: input.expiresInDays ? now + input.expiresInDays * DAY_MS : null,
      enabled: 1,
    };
    return this.#store.transaction().execute(async (trx) => {
      const share = await requireOpenShare(trx, accountId, shareId);
      const { codes: present, last } = await this.#known(trx, shareId);
      if (present + input.count > MAX_CODES_PER_SHARE) {
        const message = `The share has ${present} codes; ${MAX_CODES_PER_SHARE} are the most.`;
        throw invalidField("count", message, "delete codes that are no longer used, or make a second share");
      }
      const rows = newCodes(input.count).map((code, i) => {
        const code_id = randomUUID();
        const code_hmac = this.#signer.prints("access-code-match", matchText(shareId, code))[0]!;
        const code_encrypted = this.#signer.seal("access-code", code_id, code);
        // A millisecond apart, behind those that are there, so that lists and exports have them in this order.
        return { ...shared, code_id, code_hmac, code_encrypted, created_at: Math.max(now, last + 1) + i };
      });
      for (let i = 0; i < rows.length; i += CODES_PER_INSERT) {
        await trx
          .insertInto("access_codes")
          .values(rows.slice(i, i + CODES_PER_INSERT))
          .execute();
      }
      const codes = rows.map((row) => this.#present(row));
      if (share.access === "code") return { codes };
      return { codes, warnings: ['the share is public: nobody is asked for a code (update_share with access "code")'] };
    });
  }

  /** In the order they were made. @throws AppError NOT_FOUND. */
  async list(
    accountId: string,
    shareId: string,
    { state, limit, cursor: after }: PageRequest & { state: CodeState | "all" },
  ) {
    const from = after === undefined ? undefined : cursor.read(after);
    await requireShare(this.#store, accountId, shareId);
    let matching = this.#store.selectFrom("access_codes").where("share_id", "=", shareId);
    if (state !== "all") matching = matching.where(stateText(), "=", state);
    let page = matching.selectAll().orderBy("created_at").orderBy("code_id");
    if (from) {
      const [createdAt, codeId] = from;
      page = page
        .where("created_at", ">=", createdAt)
        .where((eb) => eb.or([eb("created_at", ">", createdAt), eb("code_id", ">", codeId)]));
    }
    const rows = await page.limit(limit + 1).execute();
    const { total } = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
    const shown = pageOf(rows, limit, (last) => cursor.make([last.created_at, last.code_id]));
    return { codes: shown.rows.map((row) => this.#present(row)), total, nextCursor: shown.nextCursor };
  }

  /** Every code of a share, for an export. @throws AppError NOT_FOUND. */
  async all(accountId: string, shareId: string): Promise<AccessCode[]> {
    await requireShare(this.#store, accountId, shareId);
    const rows = await this.#store
      .selectFrom("access_codes")
      .selectAll()
      .where("share_id", "=", shareId)
      .orderBy("created_at")
      .orderBy("code_id")
      .execute();
    return rows.map((row) => this.#present(row));
  }

  /** @throws AppError NOT_FOUND. */
  async get(accountId: string, shareId: string, codeId: string): Promise<AccessCode> {
    return this.#present(await this.#require(this.#store, accountId, shareId, codeId));
  }

  /** What is not given stays. @throws AppError NOT_FOUND; INVALID_INPUT for nothing to change. */
  async update(accountId: string, shareId: string, codeId: string, patch: CodePatch): Promise<AccessCode> {
    if (Object.values(patch).every((value) => value === undefined)) {
      throw invalidField("label", "There is nothing to change.", "send label, max_uses, expires_in_days or enabled");
    }
    const { label, maxUses, expiresInDays, enabled } = patch;
    return this.#store.transaction().execute(async (trx) => {
      await this.#require(trx, accountId, shareId, codeId);
      await trx
        .updateTable("access_codes")
        .set({
          label: label === undefined ? undefined : label.trim() || null,
          max_uses: maxUses === undefined ? undefined : maxUses || null,
          expires_at:
            expiresInDays === undefined ? undefined : expiresInDays ? Date.now() + expiresInDays * DAY_MS : null,
          enabled: enabled === undefined ? undefined : Number(enabled),
        })
        .where("code_id", "=", codeId)
        .execute();
      return this.#present(await this.#require(trx, accountId, shareId, codeId));
    });
  }

  /** @throws AppError NOT_FOUND. */
  async delete(accountId: string, shareId: string, codeId: string, dryRun: boolean) {
    return this.#store.transaction().execute(async (trx) => {
      const row = await this.#require(trx, accountId, shareId, codeId);
      if (!dryRun) await trx.deleteFrom("access_codes").where("code_id", "=", codeId).execute();
      return { codeId, label: row.label ?? undefined, uses: row.uses, deleted: !dryRun };
    });
  }

  /** Counts one use of the code that was typed in, when it is good: one statement, so two can't share the last use. */
  async consume(shareId: string, typed: string): Promise<Consumption> {
    const prints = this.#signer.prints("access-code-match", matchText(shareId, typed));
    const used = await this.#store
      .updateTable("access_codes")
      .set((eb) => ({ uses: eb("uses", "+", 1) }))
      .where("share_id", "=", shareId)
      .where("code_hmac", "in", prints)
      .where(stateText(), "=", "active")
      .returning("code_id")
      .executeTakeFirst();
    if (used) return { codeId: used.code_id };
    const row = await this.#store
      .selectFrom("access_codes")
      .select(stateText().as("state"))
      .where("share_id", "=", shareId)
      .where("code_hmac", "in", prints)
      .executeTakeFirst();
    if (!row) return "unknown";
    // Between the two statements its owner may have opened it again.
    return row.state === "active" ? "disabled" : row.state;
  }

  /** Whether who came in by this code may stay: uses that are spent do not matter, its owner's wish does. */
  async stillAdmits(shareId: string, codeId: string): Promise<boolean> {
    const row = await this.#store
      .selectFrom("access_codes")
      .select("code_id")
      .where("share_id", "=", shareId)
      .where("code_id", "=", codeId)
      .where(stateText(), "in", ["active", "used_up"])
      .executeTakeFirst();
    return row !== undefined;
  }

  /** How many codes a share has, and the time of the last. */
  #known(trx: Store, shareId: string): Promise<{ codes: number; last: number }> {
    return trx
      .selectFrom("access_codes")
      .select((eb) => [eb.fn.countAll<number>().as("codes"), sql<number>`coalesce(max(created_at), 0)`.as("last")])
      .where("share_id", "=", shareId)
      .executeTakeFirstOrThrow();
  }

  async #require(store: Store, accountId: string, shareId: string, codeId: string): Promise<CodeRow> {
    await requireShare(store, accountId, shareId);
    const row = await store
      .selectFrom("access_codes")
      .selectAll()
      .where("share_id", "=", shareId)
      .where("code_id", "=", codeId)
      .executeTakeFirst();
    if (row) return row;
    throw new AppError("NOT_FOUND", `This share has no access code "${codeId}".`, {
      hint: "use a code_id (not the code itself) that list_access_codes shows",
    });
  }

  #present(row: CodeRow): AccessCode {
    return {
      codeId: row.code_id,
      code: this.#signer.open("access-code", row.code_id, row.code_encrypted),
      state: stateOf(row),
      label: row.label ?? undefined,
      uses: row.uses,
      maxUses: row.max_uses ?? undefined,
      expiresAt: row.expires_at === null ? undefined : isoTime(row.expires_at),
    };
  }
}

function stateOf({ enabled, expires_at, max_uses, uses }: CodeRow): CodeState {
  if (!enabled) return "disabled";
  if (expires_at !== null && expires_at <= Date.now()) return "expired";
  return max_uses !== null && uses >= max_uses ? "used_up" : "active";
}

/** `stateOf` for queries. */
const stateText = () => sql<CodeState>`case
  when enabled = 0 then 'disabled'
  when expires_at is not null and expires_at <= ${Date.now()} then 'expired'
  when max_uses is not null and uses >= max_uses then 'used_up'
  else 'active' end`;

/** Different ones: among 500 of 49 bits a repeat is next to impossible, and would fail the insert. */
function newCodes(count: number): string[] {
  const codes = new Set<string>();
  while (codes.size < count) codes.add(newCode());
  return [...codes];
}
