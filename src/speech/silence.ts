import type { Boundary } from "./plan/plan.ts";

/**
 * Samples up to this value are silence (−50 dB of full scale), and so are those up to this part of the chunk's peak
 * (−40 dB): voices made from old recordings have a floor of noise of about 0.5 % of their peak.
 */
const SILENCE_PEAK = 100;
const SILENCE_OF_PEAK = 0.01;

/**
 * What stays of the silence before and after a job's speech, in seconds: enough to keep the softest onset and decay, and
 * for a recogniser to get to know the background (0.1 s was too little).
 */
const LEAD_SECONDS = 0.12;
const TAIL_SECONDS = 0.14;

/**
 * The longest pause where the planner cut inside a sentence, in seconds at speed 1; an engine gives each chunk the
 * silence of a whole sentence. Ends of sentences keep what the engine gives.
 */
const LONGEST_PAUSE_SECONDS: Partial<Record<Boundary, number>> = { clause: 0.22, space: 0.05, inside: 0.01 };

/** Joins the chunks of one job: trims its outer silence and the pauses that the speaker would not make. */
export class SilenceJoiner {
  readonly #speed: number;
  #started = false;
  /** Silence at the end of the last chunk, kept back until it is known what follows. */
  #tail: Int16Array = new Int16Array();
  #tailBoundary: Boundary = "paragraph";
  #sampleRateHertz = 0;

  /** @param speed pauses are that much shorter */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** The next samples of the job, at one rate, and what follows them in the text; gives what can leave now. */
  add(samples: Int16Array, sampleRateHertz: number, boundary: Boundary): Int16Array[] {
    this.#sampleRateHertz = sampleRateHertz;
    const [from, to] = soundOf(samples);
    if (from === to) return [];
    const lead = samples.subarray(0, from);
    const before = this.#started ? this.#pause(lead) : [lead.subarray(-this.#samplesIn(LEAD_SECONDS))];
    this.#started = true;
    this.#tail = samples.subarray(to);
    this.#tailBoundary = boundary;
    return [...before, samples.subarray(from, to)].filter((part) => part.length > 0);
  }

  /** What is left: a short silence, so that the last sound does not end abruptly. */
  finish(): Int16Array {
    return this.#tail.subarray(0, this.#samplesIn(TAIL_SECONDS));
  }

  /** The end of one chunk and the start of the next, cut in the middle when together they are too long. */
  #pause(lead: Int16Array): Int16Array[] {
    const longest = LONGEST_PAUSE_SECONDS[this.#tailBoundary];
    const allowed = longest === undefined ? Number.POSITIVE_INFINITY : this.#samplesIn(longest / this.#speed);
    if (this.#tail.length + lead.length <= allowed) return [this.#tail, lead];
    const fromLead = Math.min(lead.length, allowed >> 1);
    return [this.#tail.subarray(0, allowed - fromLead), lead.subarray(lead.length - fromLead)];
  }

  #samplesIn(seconds: number): number {
    return Math.max(1, Math.round(seconds * this.#sampleRateHertz));
  }
}

/** Where the sound in `samples` is: [from, to), equal when there is none. */
function soundOf(samples: Int16Array): [from: number, to: number] {
  let peak = 0;
  // By index: an iterator takes three times as long, which shows beside a quick engine.
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  const silence = Math.max(SILENCE_PEAK, peak * SILENCE_OF_PEAK);
  let from = 0;
  while (from < samples.length && Math.abs(samples[from]!) <= silence) from++;
  let to = samples.length;
  while (to > from && Math.abs(samples[to - 1]!) <= silence) to--;
  return [from, to];
}
