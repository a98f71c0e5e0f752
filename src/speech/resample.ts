/** Takes samples at one rate and gives them at another; any division of the input into chunks gives the same output. */
export interface Resampler {
  /** Takes samples; gives those that are ready (maybe none). Not after `flush`. */
  process(samples: Int16Array): Int16Array;
  /** The rest, so that n samples in make round(n · to / from) out. Frees the resampler; once more gives nothing. */
  flush(): Int16Array;
}

/** Speex's quality: 7 of 10 measures 118–130 dB on tones at more than 100 times real time. */
const QUALITY = 7;
/** Samples a call, which bounds the buffers in wasm. */
const BLOCK_SAMPLES = 8_192;

/** The part of the Emscripten module that is used. */
interface SpeexModule {
  HEAP16: Int16Array;
  HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number;
  _speex_resampler_skip_zeros(state: number): number;
  _speex_resampler_get_input_latency(state: number): number;
  _speex_resampler_process_int(
    state: number,
    channel: number,
    input: number,
    inputLength: number,
    output: number,
    outputLength: number,
  ): number;
  _speex_resampler_destroy(state: number): void;
}

let loading: Promise<SpeexModule> | undefined;

/** One wasm instance a thread serves all its resamplers. */
function loadSpeex(): Promise<SpeexModule> {
  loading ??= import("@echogarden/speex-resampler-wasm/simd")
    .then(({ default: create }) => create())
    // A processor without wasm SIMD
    .catch(async () => (await import("@echogarden/speex-resampler-wasm")).default());
  return loading;
}

/**
 * A resampler from one rate to another, in whole Hz; equal rates pass the samples through. It holds memory of the
 * thread's wasm instance until `flush`. The filter's delay is made up for: sample n comes out at n · to / from.
 */
export async function createResampler(fromHz: number, toHz: number): Promise<Resampler> {
  if (fromHz === toHz) return { process: (samples) => samples, flush: () => new Int16Array() };
  return new SpeexResampler(await loadSpeex(), fromHz, toHz);
}

class SpeexResampler implements Resampler {
  readonly #speex: SpeexModule;
  readonly #ratio: number;
  readonly #state: number;
  readonly #lengths: number;
  readonly #input: number;
  readonly #output: number;
  readonly #outputSamples: number;
  readonly #fromHz: number;
  readonly #toHz: number;
  #samplesIn = 0;
  #samplesOut = 0;
  #freed = false;

  constructor(speex: SpeexModule, fromHz: number, toHz: number) {
    this.#speex = speex;
    this.#fromHz = fromHz;
    this.#toHz = toHz;
    this.#ratio = toHz / fromHz;
    this.#outputSamples = Math.ceil(BLOCK_SAMPLES * this.#ratio) + 16;
    this.#lengths = speex._malloc(8);
    this.#input = speex._malloc(BLOCK_SAMPLES * 2);
    this.#output = speex._malloc(this.#outputSamples * 2);
    this.#state = speex._speex_resampler_init(1, fromHz, toHz, QUALITY, this.#lengths);
    if (this.#state === 0) throw new Error(`the resampler can't be made (${speex.HEAP32[this.#lengths >> 2]})`);
    // The filter's delay is skipped at the start and made up for by silence at the end.
    speex._speex_resampler_skip_zeros(this.#state);
  }

  process(samples: Int16Array): Int16Array {
    // Its memory may be another resampler's by now.
    if (this.#freed) throw new Error("the resampler was flushed");
    this.#samplesIn += samples.length;
    return this.#run(samples);
  }

  flush(): Int16Array {
    if (this.#freed) return new Int16Array();
    this.#freed = true;
    // Multiplied first: a ratio that binary fractions lack would shift the halves.
    const wanted = Math.round((this.#samplesIn * this.#toHz) / this.#fromHz) - this.#samplesOut;
    const latency = this.#speex._speex_resampler_get_input_latency(this.#state);
    const tail = this.#run(new Int16Array(latency + 1 + Math.ceil(1 / this.#ratio)));
    const { _free, _speex_resampler_destroy } = this.#speex;
    _speex_resampler_destroy(this.#state);
    for (const pointer of [this.#lengths, this.#input, this.#output]) _free(pointer);
    const exact = new Int16Array(Math.max(0, wanted));
    exact.set(tail.subarray(0, exact.length));
    return exact;
  }

  #run(samples: Int16Array): Int16Array {
    const speex = this.#speex;
    const result = new Int16Array(Math.ceil(samples.length * this.#ratio) + 16);
    let length = 0;
    for (let at = 0; at < samples.length; ) {
      const block = samples.subarray(at, at + BLOCK_SAMPLES);
      // The heap's views are read anew each time: it may have grown.
      speex.HEAP16.set(block, this.#input >> 1);
      speex.HEAP32[this.#lengths >> 2] = block.length;
      speex.HEAP32[(this.#lengths >> 2) + 1] = this.#outputSamples;
      const lengths = this.#lengths;
      speex._speex_resampler_process_int(this.#state, 0, this.#input, lengths, this.#output, lengths + 4);
      const made = speex.HEAP32[(lengths >> 2) + 1]!;
      result.set(speex.HEAP16.subarray(this.#output >> 1, (this.#output >> 1) + made), length);
      length += made;
      at += speex.HEAP32[lengths >> 2]!;
    }
    this.#samplesOut += length;
    return result.subarray(0, length);
  }
}
