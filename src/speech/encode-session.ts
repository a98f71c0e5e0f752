import type { AudioEncoder, AudioSettings } from "./encoders/encoder.ts";
import { createEncoder } from "./encoders/index.ts";
import { createResampler, type Resampler } from "./resample.ts";
import { SilenceJoiner, type Sound } from "./silence.ts";
import { softenEnds } from "./soften.ts";
import type { EncodedPart, SpokenChunk } from "./worker-protocol.ts";

/** The state of one job on its way to a file: pauses, resampler, encoder. Lives in one worker thread. */
export class EncodeSession {
  readonly #settings: AudioSettings;
  readonly #encoder: AudioEncoder;
  readonly #joiner = new SilenceJoiner();
  #resampler: { fromHz: number; resampler: Resampler } | undefined;
  #samples = 0;
  #isFirst = true;
  /** Sound that is joined and not encoded yet. */
  readonly #ahead: Sound[] = [];

  private constructor(settings: AudioSettings, encoder: AudioEncoder) {
    this.#settings = settings;
    this.#encoder = encoder;
  }

  static async open(settings: AudioSettings): Promise<EncodeSession> {
    return new EncodeSession(settings, await createEncoder(settings));
  }

  /** Takes the chunks that follow, in order, and gives the bytes that are ready; with `last`, all that are left. */
  async encode(chunks: SpokenChunk[], last: boolean): Promise<EncodedPart> {
    const isFirst = this.#isFirst;
    const bytes = await this.encodeUpTo(Number.POSITIVE_INFINITY, chunks);
    if (!last) return { bytes };
    const rest = [bytes];
    for (const { samples, sampleRateHertz } of this.#joiner.finish()) {
      this.#push((await this.#resamplerFrom(sampleRateHertz, rest)).process(samples), rest);
    }
    if (this.#resampler) this.#push(this.#resampler.resampler.flush(), rest);
    const end = this.#encoder.finish();
    rest.push(end.bytes);
    const durationSeconds = this.#samples / this.#settings.sampleRateHertz;
    const all = concatenated(rest);
    if (!isFirst) return { bytes: all, end: { patches: end.patches, durationSeconds } };
    // A short job's only part: what would be overwritten in the file is still here.
    for (const patch of end.patches) all.set(patch.bytes, patch.offset);
    return { bytes: all, end: { patches: [], durationSeconds } };
  }

  /** Takes chunks and encodes some seconds of what is there; the next call begins with the rest. */
  async encodeUpTo(seconds: number, chunks: SpokenChunk[]): Promise<Uint8Array> {
    this.#isFirst = false;
    for (const { parts, ...chunk } of chunks) {
      for (const part of parts) softenEnds(part, chunk.sampleRateHertz);
      this.#ahead.push(...this.#joiner.add({ samples: joined(parts), ...chunk }));
    }
    const bytes: Uint8Array[] = [];
    for (let left = seconds; left > 0 && this.#ahead.length > 0; ) {
      const { samples, sampleRateHertz } = this.#ahead.shift()!;
      const count = Math.min(samples.length, Math.ceil(left * sampleRateHertz));
      if (count < samples.length) this.#ahead.unshift({ samples: samples.subarray(count), sampleRateHertz });
      left -= count / sampleRateHertz;
      const resampler = await this.#resamplerFrom(sampleRateHertz, bytes);
      this.#push(resampler.process(samples.subarray(0, count)), bytes);
    }
    return concatenated(bytes);
  }

  /** Frees what a session that is not ended holds. */
  drop(): void {
    this.#resampler?.resampler.flush();
  }

  async #resamplerFrom(fromHz: number, bytes: Uint8Array[]): Promise<Resampler> {
    if (this.#resampler?.fromHz !== fromHz) {
      if (this.#resampler) this.#push(this.#resampler.resampler.flush(), bytes);
      const resampler = await createResampler(fromHz, this.#settings.sampleRateHertz);
      this.#resampler = { fromHz, resampler };
    }
    return this.#resampler.resampler;
  }

  #push(samples: Int16Array, bytes: Uint8Array[]): void {
    if (samples.length === 0) return;
    this.#samples += samples.length;
    bytes.push(this.#encoder.encode(samples));
  }
}

function joined(parts: Int16Array[]): Int16Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** One array with a buffer of its own, which can be transferred. */
function concatenated(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
