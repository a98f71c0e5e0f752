import { workerData } from "node:worker_threads";
import { move, transferableSymbol, valueSymbol } from "piscina";
import type { EngineEntry, Speaker, SynthesisRequest } from "../engines/engine.ts";
import { ENGINE_ENTRIES } from "../engines/registry.ts";
import { AppError, toWireError } from "../errors.ts";
import { EncodeSession } from "./encode-session.ts";
import type { Boundary } from "./plan/plan.ts";
import type { EncodedPart, SpeakOrder, SpokenChunk, WorkerReply, WorkerSetup, WorkerTask } from "./worker-protocol.ts";
import { yieldToOthers } from "./yield-to-others.ts";

// A worker's stdout ends in the process's, which belongs to JSON-RPC.
console.log = console.info = console.debug = console.error;

/** How much sound a stream begins with: enough to start playing, made in 2 ms where a sentence takes 20. */
const EARLY_SECONDS = 0.25;

const setup = workerData as WorkerSetup;
if (setup.background) yieldToOthers();
const speakers = new Map<string, Speaker>();
const sessions = new Map<number, EncodeSession>();
/** What speaks for each job: of a provider's voice several chunks at a time. */
const running = new Map<number, Set<AbortController>>();
let entries: Promise<readonly EngineEntry[]> | undefined;
let normaliser: Promise<typeof import("./normalise/request.ts")> | undefined;

/** The task of a speech worker: speaks chunks and encodes jobs. Never throws; see WorkerReply. */
export default async function handle(task: WorkerTask): Promise<WorkerReply> {
  try {
    const value = await perform(task);
    return movable({ ok: true, value }, buffersOf(value));
  } catch (error) {
    if (error instanceof AppError) {
      return { ok: false, message: error.message, wire: toWireError(error), status: error.status };
    }
    return { ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function perform(task: WorkerTask): Promise<SpokenChunk | EncodedPart | undefined> {
  switch (task.kind) {
    case "ready":
      await loadEntries();
      // 20 ms that pass while the main thread loads the engine's data, instead of before the first sound.
      await loadNormaliser();
      return undefined;
    case "speak":
      return speak(task.jobId, task.order, task.boundary);
    case "start":
      return start(task);
    case "encode":
      return encode(task.jobId, task.chunks, task.last);
    case "drop":
      for (const controller of running.get(task.jobId) ?? []) controller.abort();
      sessions.get(task.jobId)?.drop();
      sessions.delete(task.jobId);
      return undefined;
    case "close":
      await Promise.all([...speakers.values()].map((speaker) => speaker.close()));
      return undefined;
  }
}

async function start(task: Extract<WorkerTask, { kind: "start" }>): Promise<EncodedPart> {
  const { jobId, settings, order, spoken, boundary, last, early } = task;
  // First, so that nothing lets the event loop turn between speaking and the answer: an engine tidies up in that turn.
  const session = await EncodeSession.open(settings);
  const chunks = spoken ? [spoken] : order ? [await speak(jobId, order, boundary)] : [];
  sessions.set(jobId, session);
  if (early) return { bytes: await session.encodeUpTo(EARLY_SECONDS, chunks) };
  return encode(jobId, chunks, last);
}

async function encode(jobId: number, chunks: SpokenChunk[], last: boolean): Promise<EncodedPart> {
  const session = sessions.get(jobId);
  if (!session) throw new Error(`job ${jobId} has no encoder here`);
  const part = await session.encode(chunks, last);
  if (last) sessions.delete(jobId);
  return part;
}

async function speak(jobId: number, order: SpeakOrder, boundary: Boundary): Promise<SpokenChunk> {
  const speaker = await speakerOf(order);
  const controller = new AbortController();
  const ofJob = running.get(jobId) ?? new Set();
  running.set(jobId, ofJob.add(controller));
  try {
    const request = await readable(order);
    const chunk: SpokenChunk = { parts: [], sampleRateHertz: 0, boundary, speed: request.speed, ...order.around };
    for await (const { samples, sampleRateHertz } of speaker.synthesize(request, controller.signal)) {
      if (chunk.parts.length > 0 && chunk.sampleRateHertz !== sampleRateHertz) {
        throw new Error(`${order.engineId} changed its sample rate within a chunk`);
      }
      chunk.parts.push(samples);
      chunk.sampleRateHertz = sampleRateHertz;
    }
    return chunk;
  } finally {
    ofJob.delete(controller);
    if (ofJob.size === 0) running.delete(jobId);
  }
}

/** The request as its engine can read it. */
async function readable({ request, normaliseIn }: SpeakOrder): Promise<SynthesisRequest> {
  if (normaliseIn === undefined) return request;
  const { normaliseRequest } = await loadNormaliser();
  return normaliseRequest(request, normaliseIn);
}

function loadNormaliser(): Promise<typeof import("./normalise/request.ts")> {
  normaliser ??= import("./normalise/request.ts");
  return normaliser;
}

async function speakerOf({ engineId, engineData }: SpeakOrder): Promise<Speaker> {
  const known = speakers.get(engineId);
  if (known) return known;
  const entry = (await loadEntries()).find(({ id }) => id === engineId);
  if (!entry) throw new Error(`there is no engine ${engineId}`);
  const speaker = speakers.get(engineId) ?? entry.createSpeaker(engineData);
  speakers.set(engineId, speaker);
  return speaker;
}

function loadEntries(): Promise<readonly EngineEntry[]> {
  entries ??= setup.enginesModule
    ? import(setup.enginesModule).then((module: { entries: EngineEntry[] }) => module.entries)
    : Promise.resolve(ENGINE_ENTRIES);
  return entries;
}

function buffersOf(value: SpokenChunk | EncodedPart | undefined): ArrayBufferLike[] {
  if (!value) return [];
  return "parts" in value ? [...new Set(value.parts.map((part) => part.buffer))] : [value.bytes.buffer];
}

/** Has Piscina transfer `buffers` instead of copying them. */
function movable(reply: WorkerReply, buffers: ArrayBufferLike[]): WorkerReply {
  if (buffers.length === 0) return reply;
  return move({
    get [transferableSymbol]() {
      return buffers;
    },
    get [valueSymbol]() {
      return reply;
    },
  } as never) as never;
}
