import { randomUUID } from "node:crypto";
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, type Server } from "@modelcontextprotocol/server";
import { getSpeech } from "../contract/tts.ts";
import { getVoice, listVoices } from "../contract/voices.ts";
import { AppError, toAppError } from "../errors.ts";
import type { Backend, ReportError } from "./pipeline.ts";
import { errorLine } from "./render.ts";

const AUDIO_TEMPLATE = "aittsm://jobs/{job_id}/audio";
const VOICE_TEMPLATE = "aittsm://voices/{voice_id}";

const TEMPLATES = [
  {
    name: "job_audio",
    title: "Audio of a speech job",
    uriTemplate: AUDIO_TEMPLATE,
    description: "The audio of a completed job, up to 8 MB. Larger ones: get_audio_link.",
  },
  {
    name: "voice",
    title: "A voice",
    uriTemplate: VOICE_TEMPLATE,
    description: "A voice with its capabilities and limits.",
    mimeType: "application/json",
  },
];

/** The blob travels as base64 in one JSON message: a third more, and held in memory at both ends. */
export const MAX_RESOURCE_BYTES = 8 * 1024 * 1024;
/** What the protocol allows in one completion. */
const MAX_COMPLETIONS = 100;
const MAX_REMEMBERED_JOBS = 50;

/** The jobs that this session's tools spoke of, newest first. */
export class SessionJobs {
  #ids: string[] = [];

  /** Takes the job_id of a tool's answer, if it has one. */
  note(answer: Record<string, unknown> | undefined): void {
    const id = answer?.job_id;
    if (typeof id === "string")
      this.#ids = [id, ...this.#ids.filter((one) => one !== id)].slice(0, MAX_REMEMBERED_JOBS);
  }

  get ids(): readonly string[] {
    return this.#ids;
  }
}

interface Options {
  connect: () => Promise<Backend>;
  jobs: SessionJobs;
  report?: ReportError;
}

/** Answers the resource requests of a connection: what there is, its content, and completion of ids. */
export function serveResources(server: Server, options: Options): void {
  server.setRequestHandler("resources/list", () => ({
    resources: options.jobs.ids.map((id) => ({ uri: audioUri(id), name: `job ${id}`, title: "Audio of this session" })),
  }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler("resources/read", ({ params }, { mcpReq }) =>
    asProtocolError(params.uri, options.report, () => read(params.uri, options, mcpReq.signal)),
  );
  server.setRequestHandler("completion/complete", async ({ params }) => {
    const { ref, argument } = params;
    const isVoice = ref.type === "ref/prompt" && argument.name === "voice";
    const [uri, name] = isVoice ? [VOICE_TEMPLATE, "voice_id"] : ["uri" in ref ? ref.uri : "", argument.name];
    const known = await completions(uri, name, options);
    const typed = argument.value.toLowerCase();
    const rank = (id: string) => id.toLowerCase().indexOf(typed);
    // Those that begin with what was typed come before those that only hold it.
    const found = known.filter((id) => rank(id) >= 0).sort((a, b) => Number(rank(a) > 0) - Number(rank(b) > 0));
    const values = found.slice(0, MAX_COMPLETIONS);
    return { completion: { values, total: found.length, hasMore: found.length > values.length } };
  });
}

const audioUri = (jobId: string) => `aittsm://jobs/${encodeURIComponent(jobId)}/audio`;

async function completions(template: string, argument: string, { connect, jobs }: Options): Promise<readonly string[]> {
  if (template === AUDIO_TEMPLATE && argument === "job_id") return jobs.ids;
  if (template !== VOICE_TEMPLATE || argument !== "voice_id") return [];
  try {
    const { data } = await (await connect()).client.call(listVoices, {});
    return data.voices.map((voice) => voice.voice_id);
  } catch {
    // Completion helps with typing; its failure is not worth a message.
    return [];
  }
}

async function read(uri: string, { connect }: Options, signal: AbortSignal) {
  const jobId = /^aittsm:\/\/jobs\/([^/]+)\/audio$/.exec(uri)?.[1];
  const voiceId = /^aittsm:\/\/voices\/([^/]+)$/.exec(uri)?.[1];
  const id = decode(jobId ?? voiceId);
  if (id === undefined) throw new ResourceNotFoundError(uri);
  const { client } = await connect();
  if (voiceId !== undefined) {
    const { data } = await client.call(getVoice, { voice_id: id }, { signal });
    return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify(data) }] };
  }
  const { data: job } = await client.call(getSpeech, { job_id: id }, { signal });
  if ((job.bytes ?? 0) > MAX_RESOURCE_BYTES) throw tooLarge(id);
  const source = await client.openAudio(job, signal);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_RESOURCE_BYTES) throw tooLarge(id);
    chunks.push(chunk);
  }
  return { contents: [{ uri, mimeType: source.contentType, blob: Buffer.concat(chunks).toString("base64") }] };
}

function decode(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function tooLarge(jobId: string): AppError {
  return new AppError("PAYLOAD_TOO_LARGE", `The audio is larger than ${MAX_RESOURCE_BYTES} bytes.`, {
    hint: `call get_audio_link with job_id "${jobId}" for a link or a file`,
  });
}

/** Resources have no isError: a failure is a JSON-RPC error whose text is the same as a tool's. */
async function asProtocolError<T>(uri: string, report: ReportError | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const request_id = randomUUID();
    const shown = toAppError(error, request_id);
    if (shown.code === "INTERNAL") report?.(error, { request_id: shown.requestId ?? request_id, uri });
    const line = errorLine(shown);
    if (shown.status === 404) throw new ResourceNotFoundError(uri, line);
    const data = { code: shown.code, retryable: shown.retryable, request_id: shown.requestId };
    throw new ProtocolError(ProtocolErrorCode.InternalError, line, data);
  }
}
