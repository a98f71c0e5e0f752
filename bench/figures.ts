import { JUDGED_SYSTEM_VOICES, leastHeard } from "../test/support/recogniser.ts";
import { bareThreads } from "./figures/bare-threads.ts";
import {
  espeakOverhead,
  fliteOverhead,
  googleOverhead,
  kokoroOverhead,
  openaiOverhead,
  pollyOverhead,
} from "./figures/engine-overhead.ts";
import { helloWorld } from "./figures/hello-world.ts";
import { intelligibility } from "./figures/intelligibility.ts";
import { libraryCounts, libraryLists, librarySearches, librarySearchesOfAll } from "./figures/library-size.ts";
import { longTextMemory, longTextRate } from "./figures/long-text.ts";
import { repeatOfKey } from "./figures/repeat.ts";
import { burst } from "./figures/serve-burst.ts";
import { healthUnderLoad } from "./figures/serve-health.ts";
import { memoryOfManyJobs } from "./figures/serve-memory.ts";
import { readRate, submitRate } from "./figures/serve-rates.ts";
import { startUp } from "./figures/start-up.ts";
import { streamStart } from "./figures/stream-start.ts";
import { toolTokens } from "./figures/tool-tokens.ts";
import { twoThreads } from "./figures/two-threads.ts";
import { voiceSearch } from "./figures/voice-search.ts";
import type { Figure } from "./harness/figure.ts";

const MP3 = { format: "mp3", sampleRateHertz: 16_000, bitrateKbps: 128, streaming: false } as const;
const WAV = { format: "wav", sampleRateHertz: 16_000, streaming: false } as const;

/** All figures and what they must reach. */
export const FIGURES: readonly Figure[] = [
  { name: "start: spawn to tools/list, against node -e 0", bound: { atMost: 3 }, measure: startUp },
  {
    name: "warm hello world by the tool, against engine + encoder",
    bound: { atMost: 1.3 },
    measure: helloWorld,
  },
  {
    name: "first sound of a stream, against the engine's first sentence",
    bound: { atMost: 1.5 },
    measure: streamStart,
  },
  { name: "the engine alone in two threads against one: what the machine gives", measure: bareThreads },
  {
    name: "two threads against one, 20,000 characters, mp3",
    bound: { atLeast: 1.7 },
    measure: () => twoThreads(MP3, 2),
  },
  { name: "two threads against one, 20,000 characters, wav", measure: () => twoThreads(WAV, 1) },
  { name: "pipeline in one thread, against the engine: flite", bound: { atMost: 1.15 }, measure: fliteOverhead },
  {
    name: "pipeline in one thread, against the engine: kokoro, made-up model",
    bound: { atMost: 1.15 },
    measure: kokoroOverhead,
  },
  { name: "pipeline in one thread, against the engine: espeak-ng", bound: { atMost: 1.15 }, measure: espeakOverhead },
  {
    name: "pipeline in one thread, against the engine: openai, on a server of 50 times real time",
    bound: { atMost: 1.15 },
    measure: openaiOverhead,
  },
  {
    name: "pipeline, against the engine: google, on a server of 50 times real time",
    bound: { atMost: 1.15 },
    measure: googleOverhead,
  },
  {
    name: "pipeline, against the engine: polly, on a server of 50 times real time",
    bound: { atMost: 1.15 },
    measure: pollyOverhead,
  },
  {
    name: "sentences understood by a recogniser: flite, the worst voice",
    bound: { atLeast: 19 },
    measure: () => intelligibility((voiceId) => voiceId.startsWith("flite:")),
  },
  ...JUDGED_SYSTEM_VOICES.map((voiceId) => ({
    name: `sentences understood by a recogniser: ${voiceId}`,
    bound: { atLeast: leastHeard(voiceId) },
    measure: () => intelligibility((id) => id === voiceId),
  })),
  {
    name: "characters a second, 200,000 against 5,000 characters",
    bound: { atLeast: 0.9 },
    measure: longTextRate,
  },
  { name: "peak memory, 200,000 against 5,000 characters", bound: { atMost: 1.5 }, measure: longTextMemory },
  { name: "repeat with the same key, against the first call", bound: { atMost: 0.1 }, measure: repeatOfKey },
  { name: "library: lists, 10,000 jobs against 100, the worst", bound: { atMost: 2 }, measure: libraryLists },
  { name: "library: searches, 10,000 jobs against 100, the worst", bound: { atMost: 2 }, measure: librarySearches },
  { name: "library: counts, 10,000 jobs against 100, the worst", bound: { atMost: 2 }, measure: libraryCounts },
  { name: "library: a search for a word of every text", measure: librarySearchesOfAll },
  {
    name: "voices: a search among 5,000, against a plain filter, the worst",
    bound: { atMost: 3 },
    measure: voiceSearch,
  },
  { name: "serve: GET /tts/{id}, against a bare Hono route", bound: { atLeast: 0.25 }, measure: readRate },
  { name: "serve: POST /tts with full sync, against a bare Hono route", bound: { atLeast: 0.05 }, measure: submitRate },
  { name: "serve: 200 submits at once, p99 against p50", bound: { atMost: 10 }, measure: burst },
  {
    name: "serve: p99 of /healthz while both threads speak, against at rest",
    bound: { atMost: 5 },
    measure: healthUnderLoad,
  },
  { name: "serve: memory after 2,000 jobs, against after 200", bound: { atMost: 1.2 }, measure: memoryOfManyJobs },
  { name: "tokens of tools/list", bound: { atMost: 2_500 }, measure: toolTokens },
];
