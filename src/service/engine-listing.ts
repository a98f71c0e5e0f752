import type { Engine, EngineVoice, VoiceCapabilities } from "../engines/engine.ts";
import { AppError } from "../errors.ts";
import type { Log } from "./log.ts";

/** A voice with what it can do and the engine that speaks it. */
export interface CatalogueEntry {
  voice: EngineVoice;
  capabilities: VoiceCapabilities;
  engine: Engine;
}

/** What an engine listed the last time. */
export interface Snapshot {
  entries: readonly CatalogueEntry[];
  byId: ReadonlyMap<string, CatalogueEntry>;
  /** Why the last try failed; `entries` are then those of the try before. */
  problem?: unknown;
}

/**
 * What the service offers of what a voice can do. SSML, pauses and dialogues are planned into what any voice speaks; what
 * a voice can't do of SSML is refused by the element's name.
 */
const offered = (capabilities: VoiceCapabilities): VoiceCapabilities => ({
  ...capabilities,
  ssml: true,
  markup: true,
  multiSpeaker: true,
});

/** How long a list holds. Local models come and go while a process runs; providers' lists are kept by their engines. */
const LOCAL_LIFE_MS = 5_000;
const PROVIDER_LIFE_MS = 10 * 60 * 1000;
/** How long after a failure the engine is asked again. */
const RETRY_AFTER_MS = 30_000;

/** How long a call waits for a local engine whose last list is there: reading a folder is quicker, starting a program is not. */
const STALE_WAIT_MS = 100;

const EMPTY: Snapshot = { entries: [], byId: new Map() };

/** One engine's list of voices, kept as long as it holds. Asks the engine once, however many want to know. */
export class EngineListing {
  readonly engine: Engine;
  readonly #log: Log;
  readonly #now: () => number;
  #snapshot: Snapshot | undefined;
  /** The list as text: while it stays the same the entries do, and what was derived from them. */
  #signature = "";
  #freshUntil = 0;
  #refreshing: Promise<Snapshot> | undefined;
  #logged: string | undefined;

  constructor(engine: Engine, log: Log, now: () => number = Date.now) {
    this.engine = engine;
    this.#log = log;
    this.#now = now;
  }

  /** The last list, however old; undefined when there was none yet. */
  get known(): Snapshot | undefined {
    return this.#snapshot;
  }

  get isFresh(): boolean {
    return this.#snapshot !== undefined && this.#now() < this.#freshUntil;
  }

  /** A list that holds, waiting as long as the engine takes. Never rejects: see `problem`. */
  async fresh(): Promise<Snapshot> {
    return this.isFresh ? this.#snapshot! : this.#refresh();
  }

  /**
   * A list that holds if it is there within `waitMs`, else the last one; the engine's answer is there for the next
   * call. Where the last list is there a call waits shorter, and not at all for a provider.
   */
  async within(waitMs: number): Promise<Snapshot | undefined> {
    if (this.isFresh) return this.#snapshot;
    const refreshed = this.#refresh();
    if (this.#snapshot && !this.engine.local) return this.#snapshot;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#snapshot ? Math.min(waitMs, STALE_WAIT_MS) : waitMs);
    });
    const answer = await Promise.race([refreshed, patience]);
    clearTimeout(timer);
    return answer ?? this.#snapshot;
  }

  #refresh(): Promise<Snapshot> {
    this.#refreshing ??= this.#ask().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #ask(): Promise<Snapshot> {
    try {
      const voices = await this.engine.voices();
      this.#keep(voices);
      this.#logged = undefined;
      this.#freshUntil = this.#now() + (this.engine.local ? LOCAL_LIFE_MS : PROVIDER_LIFE_MS);
    } catch (problem) {
      this.#tell(problem);
      this.#snapshot = { ...(this.#snapshot ?? EMPTY), problem };
      this.#freshUntil = this.#now() + RETRY_AFTER_MS;
    }
    return this.#snapshot!;
  }

  #keep(voices: EngineVoice[]): void {
    const entries = voices.map((voice) => {
      return { voice, engine: this.engine, capabilities: offered(this.engine.capabilities(voice.voiceId)) };
    });
    const signature = JSON.stringify(entries, (key, value) => (key === "engine" && value === this.engine ? 0 : value));
    if (this.#snapshot && !this.#snapshot.problem && signature === this.#signature) return;
    this.#signature = signature;
    const byId = new Map(entries.map((entry) => [entry.voice.voiceId.toLowerCase(), entry]));
    this.#snapshot = { entries, byId };
  }

  /** Into the log once, until it gets better or worse. */
  #tell(problem: unknown): void {
    const message = problem instanceof Error ? problem.message : String(problem);
    if (message === this.#logged) return;
    this.#logged = message;
    this.#log.warn({ engine: this.engine.id, err: problem }, "an engine's voices could not be listed");
  }
}

/** What a listing says of an engine that failed; only what an AppError says is meant for others to read. */
export function problemWarning(engine: Engine, problem: unknown): string {
  const told = problem instanceof AppError && problem.code !== "INTERNAL";
  return `The voices of ${engine.id} could not be listed${told ? `: ${problem.message}` : "."}`;
}
