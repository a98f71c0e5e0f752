import type { SynthesisRequest } from "../engines/engine.ts";
import type { WireError } from "../errors.ts";
import type { AudioSettings, BytePatch } from "./encoders/encoder.ts";
import type { Boundary } from "./plan/plan.ts";
import type { Pause } from "./script/plan-script.ts";

/** What passes between the main thread and a speech worker. All of it survives structured cloning. */

/** Given to every worker when it starts. */
export interface WorkerSetup {
  /** URL of a module whose `entries` (EngineEntry[]) are used instead of the product's engines. */
  enginesModule?: string;
  /** Whether the threads step back while others want to run. */
  background?: boolean;
}

/** One planned chunk and its engine. */
export interface SpeakOrder {
  engineId: string;
  /** What `Engine.workerData` gave; sent once to each worker. */
  engineData?: unknown;
  request: SynthesisRequest;
  /** BCP-47 language in which the request's text is to be written out first: the engine does not do so itself. */
  normaliseIn?: string;
  /** What is done to its sound. */
  around?: Around;
}

/** What a script wants of a chunk's sound that is not the engine's to do. */
export interface Around {
  /** Decibels by which it is made louder or softer. */
  volumeDb?: number;
  pauseBefore?: Pause;
  pause?: Pause;
}

/** The sound of one planned chunk; `parts` are at one rate. */
export interface SpokenChunk extends Around {
  parts: Int16Array[];
  sampleRateHertz: number;
  boundary: Boundary;
  /** Pauses inside sentences are that much shorter. */
  speed: number;
}

export type WorkerTask =
  | { kind: "ready" }
  | { kind: "speak"; jobId: number; order: SpeakOrder; boundary: Boundary }
  /**
   * Opens the job's encoder and speaks the first chunk into it, or takes it as it was `spoken` by another thread; `last`
   * also ends it. Neither for an empty text. With
   * `early` the answer has the first moment of the sound; the encode that follows gives the rest and may end it.
   */
  | {
      kind: "start";
      jobId: number;
      settings: AudioSettings;
      order?: SpeakOrder;
      spoken?: SpokenChunk;
      boundary: Boundary;
      last: boolean;
      early: boolean;
    }
  | { kind: "encode"; jobId: number; chunks: SpokenChunk[]; last: boolean }
  /** Stops what runs for the job and drops its encoder. */
  | { kind: "drop"; jobId: number }
  /** Closes the speakers: the thread will end. */
  | { kind: "close" };

/** Bytes that are ready, and the end of the file with the last ones. */
export interface EncodedPart {
  bytes: Uint8Array;
  end?: { patches: BytePatch[]; durationSeconds: number };
}

export type WorkerReply =
  | { ok: true; value: SpokenChunk | EncodedPart | undefined }
  /** `wire` for an AppError; anything else is a failure of the engine, of which `message` goes to the log. */
  | { ok: false; message: string; wire?: WireError; status?: number };
