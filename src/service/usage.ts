import { sql } from "kysely";
import { invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { isoTime } from "./clock.ts";
import { jobSums, providerIn } from "./job-sums.ts";

export interface UsageQuery {
  from?: string;
  to?: string;
  groupBy?: UsageGrouping;
}

export type UsageGrouping = "day" | "provider" | "voice";

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_GROUPS = 100;

/** What each grouping groups the keys by. */
const GROUPS = { day: sql<string>`key`, provider: providerIn("key"), voice: sql<string>`key` } as const;

const CHARS = sql<number>`coalesce(sum(chars), 0)`;
const JOBS = sql<number>`coalesce(sum(charged), 0)`;

/** From `start`, before `end`: Unix milliseconds. */
interface Span {
  start?: number;
  end?: number;
}

/** What an account has and has used. */
export class UsageService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The balance, and what was charged in a span of time, in all and by group. Failed jobs are refunded: they count as
   * none. Samples are free. All of it is one moment's state.
   * @throws AppError INVALID_INPUT for a time that can't be read, or a span that ends before it begins.
   */
  async usage(accountId: string, { from, to, groupBy }: UsageQuery) {
    const start = from === undefined ? undefined : readTime("from", from).start;
    const end = to === undefined ? undefined : readTime("to", to).end;
    if (start !== undefined && end !== undefined && start >= end) {
      throw invalidField("from", "from is not before to.", "send a from that is earlier than to");
    }
    const span = { start, end };
    return this.#store.transaction().execute(async (transaction) => {
      const account = await transaction
        .selectFrom("accounts")
        .select(["credit_balance", "unlimited"])
        .where("account_id", "=", accountId)
        .executeTakeFirstOrThrow();
      const all = await transaction
        .selectFrom(charged(transaction, accountId, span, undefined).as("jobs"))
        .select([CHARS.as("charsCharged"), JOBS.as("jobs")])
        .executeTakeFirstOrThrow();
      return {
        creditBalance: account.credit_balance,
        unlimited: account.unlimited === 1,
        ...all,
        groups: groupBy && (await groups(transaction, accountId, span, groupBy)),
      };
    });
  }
}

/** What was charged in a span, by days where `groupBy` is day, else by voices: from the sums where they can tell. */
function charged(store: Store, accountId: string, { start, end }: Span, groupBy: UsageGrouping | undefined) {
  const always = start === undefined && end === undefined;
  const wholeDays = (start ?? 0) % DAY_MS === 0 && (end ?? 0) % DAY_MS === 0;
  if (always || (wholeDays && (groupBy === undefined || groupBy === "day"))) {
    const dimension = always && groupBy === undefined ? "all" : always && groupBy !== "day" ? "voice" : "day";
    const keys = { dimension, from: dayOf(start), below: dayOf(end) } as const;
    return jobSums(store, accountId, keys).select(["key", "charged", "chars"]).where("charged", ">", 0);
  }
  let jobs = store
    .selectFrom("jobs")
    .where("account_id", "=", accountId)
    .where(sql<boolean>`kind = 'speech'`)
    .where("status", "!=", "failed");
  if (start !== undefined) jobs = jobs.where("created_at", ">=", start);
  if (end !== undefined) jobs = jobs.where("created_at", "<", end);
  const day = sql<string>`strftime('%Y-%m-%d', created_at / 1000, 'unixepoch')`;
  const key = groupBy === "day" ? day : sql<string>`voice_id`;
  return jobs.select([key.as("key"), sql<number>`1`.as("charged"), "chars_charged as chars"]);
}

/** A time's UTC day as sums have it; none for the end of the year 9999, behind which there are no keys. */
const dayOf = (time: number | undefined) =>
  time === undefined || time >= Date.UTC(10_000, 0) ? undefined : isoTime(time).slice(0, 10);

function groups(store: Store, accountId: string, span: Span, groupBy: UsageGrouping) {
  const group = GROUPS[groupBy];
  const grouped = store
    .selectFrom(charged(store, accountId, span, groupBy).as("jobs"))
    .select([group.as("group"), CHARS.as("charsCharged"), JOBS.as("jobs")])
    .groupBy(group)
    .limit(MAX_GROUPS);
  // Days are read as a history, the others as a ranking.
  const ordered =
    groupBy === "day" ? grouped.orderBy("group", "desc") : grouped.orderBy("charsCharged", "desc").orderBy("group");
  return ordered.execute();
}

const DATE = /^(\d{4}-\d\d-\d\d)$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?$/i;

/** The moment a date or time begins at and the one it ends at, in Unix milliseconds: a day is whole, a moment is both. */
function readTime(field: string, text: string): { start: number; end: number } {
  const [, date, clock, offset = "Z"] = DATE.exec(text.trim()) ?? TIME.exec(text.trim()) ?? [];
  const day = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  const real = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date!);
  if (real && clock === undefined) return { start: day, end: day + DAY_MS };
  const moment = real ? Date.parse(`${date}T${clock}${offset.toUpperCase()}`) : Number.NaN;
  if (!Number.isNaN(moment)) return { start: moment, end: moment };
  throw invalidField(
    field,
    `${field} is "${text.slice(0, 40)}", which is no date or time.`,
    "send a date such as 2026-07-28, or a time such as 2026-07-28T12:00:00Z",
  );
}
