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

/** Sound that begins or ends in the middle of a wave clicks; over so long it swells or fades instead. */
const FADE_SECONDS = 0.003;
/** A wave that crosses zero at an end is no silence: so much of the end is looked at. */
const END_SECONDS = 0.000_5;

/**
 * Lets sound that begins or ends abruptly swell and fade within 3 ms, in place; ends that are silent stay as they are.
 * @param samples an utterance
 */
export function softenEnds(samples: Int16Array, sampleRateHertz: number): void {
  soften(samples, sampleRateHertz, "start");
  soften(samples, sampleRateHertz, "end");
}

function soften(samples: Int16Array, sampleRateHertz: number, place: "start" | "end"): Int16Array {
  const looked = Math.min(Math.max(1, Math.round(END_SECONDS * sampleRateHertz)), samples.length);
  const end = place === "start" ? samples.subarray(0, looked) : samples.subarray(samples.length - looked);
  if (!end.some((sample) => Math.abs(sample) > SILENCE_PEAK)) return samples;
  const fade = Math.min(Math.round(FADE_SECONDS * sampleRateHertz), samples.length >> 1);
  for (let i = 0; i < fade; i++) {
    const at = place === "start" ? i : samples.length - 1 - i;
    samples[at] = Math.round((samples[at]! * i) / fade);
  }
  return samples;
}

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
    const before = this.#started ? this.#pause(lead) : [this.#from(lead, this.#samplesIn(LEAD_SECONDS))];
    this.#started = true;
    this.#tail = samples.subarray(to);
    this.#tailBoundary = boundary;
    return [...before, samples.subarray(from, to)].filter((part) => part.length > 0);
  }

  /** What is left: a short silence, so that the last sound does not end abruptly. */
  finish(): Int16Array {
    return this.#upTo(this.#tail, this.#samplesIn(TAIL_SECONDS));
  }

  /** The end of one chunk and the start of the next, cut in the middle when together they are too long. */
  #pause(lead: Int16Array): Int16Array[] {
    const longest = LONGEST_PAUSE_SECONDS[this.#tailBoundary];
    const allowed = longest === undefined ? Number.POSITIVE_INFINITY : this.#samplesIn(longest / this.#speed);
    if (this.#tail.length + lead.length <= allowed) return [this.#tail, lead];
    const fromLead = Math.min(lead.length, allowed >> 1);
    return [this.#upTo(this.#tail, allowed - fromLead), this.#from(lead, fromLead)];
  }

  /** The first samples of a silence, which may have noise in it. */
  #upTo(silence: Int16Array, count: number): Int16Array {
    return soften(silence.subarray(0, count), this.#sampleRateHertz, "end");
  }

  /** The last samples of one. */
  #from(silence: Int16Array, count: number): Int16Array {
    return soften(silence.subarray(Math.max(0, silence.length - count)), this.#sampleRateHertz, "start");
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
