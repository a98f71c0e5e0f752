import type { AudioSettings, BytePatch } from "./encoders/encoder.ts";

/** One job's speech, all settings checked. */
export interface SpeechRequest {
  text: string;
  voiceId: string;
  speed: number;
  settings: AudioSettings;
}

export interface SpeechProgress {
  /** UTF-16 code units of the text that are spoken and encoded. */
  doneChars: number;
  totalChars: number;
}

export interface SpeechOutcome {
  /** Length of the speech in seconds: samples at the output rate / rate. */
  durationSeconds: number;
  /** Bytes to overwrite in what was given to the sink, once all of it is stored (empty for streaming settings). */
  patches: BytePatch[];
}

/** Takes the bytes of the container in order; the pipeline waits for the promise, so memory does not grow. */
export type ByteSink = (bytes: Uint8Array) => Promise<void> | void;

/** Text to the bytes of one audio file: plan, synthesize in worker threads, resample, encode. */
export interface SpeechPipeline {
  run(
    request: SpeechRequest,
    sink: ByteSink,
    options: { signal: AbortSignal; onProgress?: (progress: SpeechProgress) => void },
  ): Promise<SpeechOutcome>;
  close(): Promise<void>;
}
