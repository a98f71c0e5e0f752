import type { Boundary } from "./plan/plan.ts";
import type { Pause } from "./script/plan-script.ts";
import { SILENCE_PEAK, soften } from "./soften.ts";
import { changeVolume } from "./volume.ts";
import type { SpokenChunk } from "./worker-protocol.ts";

/**
 * Samples up to this part of the chunk's peak (−40 dB) are silence, too: voices made from old recordings have a floor of
 * noise of about 0.5 % of their peak.
 */
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

/** Samples at their rate. */
export interface Sound {
  samples: Int16Array;
  sampleRateHertz: number;
}

/** The sound of a chunk, and what is around it in the text. */
export type ChunkSound = Sound & Omit<SpokenChunk, "parts">;

/**
 * Joins the chunks of one job: trims its outer silence and the pauses that the speaker would not make, makes those that
 * a script asks for, and its changes of volume.
 */
export class SilenceJoiner {
  /** The last chunk, its samples being the silence at its end: kept back until it is known what follows. */
  #last: ChunkSound | undefined;
  #leading: Pause | undefined;

  /** The next sound of the job, in order; gives what can leave now. */
  add(chunk: ChunkSound): Sound[] {
    const { samples, sampleRateHertz } = chunk;
    const [from, to] = soundOf(samples);
    if (from === to) {
      this.#addSilence(chunk);
      return [];
    }
    // Not before: what is made very soft is no silence.
    if (chunk.volumeDb) changeVolume(samples, chunk.volumeDb);
    const lead = { samples: samples.subarray(0, from), sampleRateHertz };
    const before = this.#last ? this.#between(this.#last, lead) : this.#start(chunk.pauseBefore, lead);
    this.#last = { ...chunk, samples: samples.subarray(to) };
    return [...before, { samples: samples.subarray(from, to), sampleRateHertz }].filter(hasSamples);
  }

  /** What is left: a short silence, so that the last sound does not end abruptly, or the pause that ends the script. */
  finish(): Sound[] {
    if (!this.#last) return [];
    const { samples, sampleRateHertz, pause } = this.#last;
    const tail = samples.subarray(0, samplesIn(TAIL_SECONDS, sampleRateHertz));
    soften(tail, sampleRateHertz, "end");
    return [{ samples: tail, sampleRateHertz }, silenceUpTo(pause, tail.length, sampleRateHertz)].filter(hasSamples);
  }

  /** A chunk without sound (marks, say) leaves its pauses. */
  #addSilence({ pauseBefore, pause, boundary }: ChunkSound): void {
    if (this.#last) this.#last = { ...this.#last, boundary, pause: sumOf(this.#last.pause, pause) };
    else this.#leading = sumOf(sumOf(this.#leading, pauseBefore), pause);
  }

  #start(pauseBefore: Pause | undefined, { samples, sampleRateHertz }: Sound): Sound[] {
    const lead = samples.subarray(-samplesIn(LEAD_SECONDS, sampleRateHertz));
    soften(lead, sampleRateHertz, "start");
    const pause = sumOf(this.#leading, pauseBefore);
    return [silenceUpTo(pause, lead.length, sampleRateHertz), { samples: lead, sampleRateHertz }];
  }

  /** The end of one chunk and the start of the next: cut in the middle when together they are too long, else made longer there. */
  #between({ samples, sampleRateHertz, boundary, speed, pause }: ChunkSound, lead: Sound): Sound[] {
    const ofTail = samples.length / sampleRateHertz;
    const ofLead = lead.samples.length / lead.sampleRateHertz;
    const longest = pause?.exact
      ? pause.milliseconds / 1000
      : (LONGEST_PAUSE_SECONDS[boundary] ?? Number.POSITIVE_INFINITY) / speed;
    const natural = Math.min(ofTail + ofLead, longest);
    const fromLead = Math.min(ofLead, ofTail + ofLead <= longest ? ofLead : natural / 2);
    const fromTail = Math.min(ofTail, natural - fromLead);
    const tail = samples.subarray(0, samplesIn(fromTail, sampleRateHertz));
    const rest = lead.samples.subarray(lead.samples.length - samplesIn(fromLead, lead.sampleRateHertz));
    // A silence that is cut may have noise in it.
    soften(tail, sampleRateHertz, "end");
    soften(rest, lead.sampleRateHertz, "start");
    const kept = tail.length + (rest.length / lead.sampleRateHertz) * sampleRateHertz;
    return [
      { samples: tail, sampleRateHertz },
      silenceUpTo(pause, kept, sampleRateHertz),
      { samples: rest, sampleRateHertz: lead.sampleRateHertz },
    ];
  }
}

/** What is missing from `samples` of silence to a pause. */
function silenceUpTo(pause: Pause | undefined, samples: number, sampleRateHertz: number): Sound {
  const wanted = samplesIn((pause?.milliseconds ?? 0) / 1000, sampleRateHertz);
  return { samples: new Int16Array(Math.max(0, Math.round(wanted - samples))), sampleRateHertz };
}

function sumOf(a: Pause | undefined, b: Pause | undefined): Pause | undefined {
  if (!a || !b) return a ?? b;
  return { milliseconds: a.milliseconds + b.milliseconds, exact: a.exact && b.exact };
}

const samplesIn = (seconds: number, sampleRateHertz: number) => Math.round(seconds * sampleRateHertz);
const hasSamples = ({ samples }: Sound) => samples.length > 0;

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
