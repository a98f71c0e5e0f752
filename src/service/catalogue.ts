import type { Engine, EngineStatus } from "../engines/engine.ts";
import { AppError, toAppError } from "../errors.ts";
import { OUTPUT_FORMATS } from "../speech/encoders/encoder.ts";
import { type CatalogueEntry, EngineListing, problemWarning, type Snapshot } from "./engine-listing.ts";
import type { Log } from "./log.ts";
import { nearestNames, nearestVoice } from "./nearest.ts";
import { filterEntries, type VoiceQuery } from "./voice-filter.ts";
import { VoiceIndex } from "./voice-index.ts";

export type { CatalogueEntry } from "./engine-listing.ts";
export type { Supports, VoiceQuery } from "./voice-filter.ts";

/** What every voice can be had in: the samples of every engine pass through the same encoders. */
export const OFFERED_FORMATS = OUTPUT_FORMATS;
export { SAMPLE_RATES_HERTZ as OFFERED_SAMPLE_RATES } from "../speech/formats.ts";

/** How long a list of all voices waits for an engine that has not answered yet. */
const LISTING_WAIT_MS = 1_500;

/** How long a choice among this machine's voices waits for them: it would be another one without them. */
const LOCAL_WAIT_MS = 5_000;

/** Voices, and what is to be said of engines whose voices are not among them. */
export interface Listing {
  entries: readonly CatalogueEntry[];
  warnings: string[];
}

interface CatalogueOptions {
  log?: Log;
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
  listingWaitMs?: number;
}

const silent = () => {};
const NO_LOG: Log = { debug: silent, info: silent, warn: silent, error: silent };

/** All voices of all engines. Engines are asked in parallel, rarely, and none that fails or is slow holds up the others. */
export class Catalogue {
  readonly engines: readonly Engine[];
  readonly #listings: readonly EngineListing[];
  readonly #byEngine: ReadonlyMap<string, EngineListing>;
  readonly #waitMs: number;
  readonly #all = new Merged();
  readonly #local = new Merged();
  readonly #indexes = new WeakMap<readonly CatalogueEntry[], Promise<VoiceIndex>>();

  constructor(
    engines: readonly Engine[],
    { log = NO_LOG, now, listingWaitMs = LISTING_WAIT_MS }: CatalogueOptions = {},
  ) {
    this.engines = engines;
    this.#listings = engines.map((engine) => new EngineListing(engine, log, now));
    this.#byEngine = new Map(this.#listings.map((listing) => [listing.engine.id, listing]));
    this.#waitMs = listingWaitMs;
  }

  /** Every voice: those that work before those that don't, this machine's before others', best first. */
  async list(): Promise<Listing> {
    const snapshots = await Promise.all(this.#listings.map((listing) => listing.within(this.#waitMs)));
    const warnings = snapshots.flatMap((snapshot, i) => {
      const { engine } = this.#listings[i]!;
      if (!snapshot) return [`${engine.id} has not listed its voices yet; they come with a later call.`];
      return snapshot.problem === undefined ? [] : [problemWarning(engine, snapshot.problem)];
    });
    return { entries: this.#all.of(snapshots), warnings };
  }

  /** The entries of `list`. */
  async all(): Promise<readonly CatalogueEntry[]> {
    return (await this.list()).entries;
  }

  /** The voices that speak on this machine, best first. Asks no provider. */
  async local(): Promise<readonly CatalogueEntry[]> {
    const local = this.#listings.filter(({ engine }) => engine.local);
    const snapshots = await Promise.all(local.map((listing) => listing.within(LOCAL_WAIT_MS)));
    return this.#local.of(snapshots, ({ voice }) => voice.available);
  }

  /** What is known without asking anybody, in no order. */
  known(): CatalogueEntry[] {
    return this.#listings.flatMap(({ known }) => known?.entries ?? NONE);
  }

  /**
   * The voice with this id, whether it can speak here or not.
   * @throws AppError VOICE_NOT_FOUND with the three nearest ids; PROVIDER_DISABLED when its provider is not set up;
   *   what the provider failed with, when it could not list its voices
   */
  async get(voiceId: string): Promise<CatalogueEntry> {
    const listing = this.#byEngine.get(voiceId.slice(0, Math.max(0, voiceId.indexOf(":"))).toLowerCase());
    const wanted = voiceId.toLowerCase();
    const snapshot = await listing?.fresh();
    const found = snapshot?.byId.get(wanted);
    if (found) return found;
    if (listing) {
      const status = await statusOf(listing.engine);
      if (!status.available) throw await this.#disabled(voiceId, status.whyUnavailable, status);
    }
    if (snapshot?.problem !== undefined) throw snapshot.problem;
    const ids = (await this.all()).map(({ voice }) => voice.voiceId);
    const nearest = nearestNames(voiceId, ids, 3);
    throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}".`, {
      hint: `nearest are ${nearest.join(", ")}; search_voices (GET /voices) lists all`,
      details: { nearest },
    });
  }

  /** As `get`, but only a voice that can speak here. @throws AppError also PROVIDER_DISABLED, with the way out */
  async speaking(voiceId: string): Promise<CatalogueEntry> {
    const entry = await this.get(voiceId);
    if (entry.voice.available) return entry;
    const { whyUnavailable = "it is not available." } = entry.voice;
    throw await this.#disabled(voiceId, whyUnavailable, await statusOf(entry.engine), entry);
  }

  /** The voice of this machine that is most like the one with this id. */
  async nearest(voiceId: string, like?: CatalogueEntry): Promise<CatalogueEntry | undefined> {
    return nearestVoice(voiceId, like ?? (await this.#peek(voiceId)), await this.local());
  }

  /** The voices that match every given condition; with words, the best match first. */
  async search(query: VoiceQuery): Promise<Listing> {
    const { entries, warnings } = await this.list();
    const disabled = await this.#disabledWarning(query);
    const told = disabled ? [...warnings, disabled] : warnings;
    if (!query.query?.trim()) return { entries: filterEntries(entries, query), warnings: told };
    const index = await this.#indexOf(entries);
    return { entries: filterEntries(index.search(query.query), query), warnings: told };
  }

  #indexOf(entries: readonly CatalogueEntry[]): Promise<VoiceIndex> {
    const index = this.#indexes.get(entries) ?? VoiceIndex.of(entries);
    this.#indexes.set(entries, index);
    return index;
  }

  async #peek(voiceId: string): Promise<CatalogueEntry | undefined> {
    const wanted = voiceId.toLowerCase();
    for (const { known } of this.#listings) {
      const found = known?.byId.get(wanted);
      if (found) return found;
    }
    return undefined;
  }

  /** Whoever asks for a provider by name is told why there is nothing. */
  async #disabledWarning({ provider, voiceId }: VoiceQuery): Promise<string | undefined> {
    const named = (provider ?? voiceId?.split(":")[0])?.toLowerCase();
    const engine = named && this.#byEngine.get(named)?.engine;
    if (!engine) return undefined;
    const status = await statusOf(engine);
    return status.available ? undefined : `${sentence(status.whyUnavailable)} Hint: ${status.hint}.`;
  }

  async #disabled(voiceId: string, why: string, status: EngineStatus, like?: CatalogueEntry): Promise<AppError> {
    const standIn = (await this.nearest(voiceId, like))?.voice.voiceId;
    const near = standIn ? `the nearest voice that works is ${standIn}` : "no voice of this machine works";
    return new AppError("PROVIDER_DISABLED", `${voiceId.slice(0, 200)} can't speak here: ${sentence(why)}`, {
      hint: status.available ? near : `${status.hint}; ${near}`,
      details: { nearest: standIn },
    });
  }
}

const NONE: readonly CatalogueEntry[] = [];

/** Lists of several engines as one, best first; the same one while none of them changes. */
class Merged {
  #parts: readonly (readonly CatalogueEntry[])[] = [];
  #entries: readonly CatalogueEntry[] = [];

  of(snapshots: readonly (Snapshot | undefined)[], keep: (entry: CatalogueEntry) => boolean = () => true) {
    const parts = snapshots.map((snapshot) => snapshot?.entries ?? NONE);
    if (parts.length !== this.#parts.length || parts.some((part, i) => part !== this.#parts[i])) {
      this.#parts = parts;
      this.#entries = parts.flat().filter(keep).sort(byWorth);
    }
    return this.#entries;
  }
}

/** Engines' own order decides between equals: sorting is stable. */
function byWorth(a: CatalogueEntry, b: CatalogueEntry): number {
  return (
    Number(b.voice.available) - Number(a.voice.available) ||
    Number(b.engine.local) - Number(a.engine.local) ||
    b.voice.rank - a.voice.rank
  );
}

/** With a full stop at its end. */
const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Whether an engine can speak; one that fails to say so can't. */
export async function statusOf(engine: Engine): Promise<EngineStatus> {
  try {
    return await engine.status();
  } catch (thrown) {
    const { code, message, hint } = toAppError(thrown);
    const why = code === "INTERNAL" ? `${engine.id} did not say whether it can speak` : message;
    return { available: false, whyUnavailable: why, hint: hint ?? "`aittsm doctor` tells more" };
  }
}
