import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors.ts";
import { writeJson } from "./files.ts";
import { type Answer, badStatus, type Http, httpError } from "./http.ts";
import { refused } from "./refusal.ts";

/** Tries in a row that bring nothing. */
const MOST_VAIN_TRIES = 4;

export interface Download {
  url: string;
  /** Where the bytes go; beside it is kept what is needed to go on after a break. Its folder is made. */
  file: string;
  maxBytes: number;
  /** The pause before the second try; it doubles. */
  pauseMs?: number;
  signal: AbortSignal;
  /** Told how many bytes are there, of how many, when that is known. */
  onBytes(done: number, total: number | undefined): void;
  /** Asked before bytes come, with how many. @throws when there is no room */
  requireRoom(missing: number, total: number): Promise<void>;
}

/** What a half file is a half of. */
interface State {
  url: string;
  /** Of the whole file; unknown until it has come when the server doesn't say. */
  bytes?: number;
  /** A strong ETag, else Last-Modified: what If-Range takes (RFC 9110 §13.1.5). */
  validator?: string;
}

const stateFileOf = (file: string) => `${file}.json`;

/** Removes what a download has left. */
export async function discard(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(stateFileOf(file), { force: true });
}

/**
 * Downloads a file. It goes on where an earlier try broke off, in this call or before, as long as the server still has
 * the same file; tries again after breaks. On failure the half file stays.
 * @throws the signal's reason; AppError NOT_FOUND, PROVIDER_ERROR, UNAVAILABLE, NETWORK_ERROR, TIMEOUT, INVALID_INPUT (too big)
 */
export async function download(http: Http, options: Download): Promise<void> {
  const { file, signal, pauseMs = 1_000 } = options;
  await mkdir(path.dirname(file), { recursive: true });
  let most = await sizeOf(file);
  for (let vain = 0; ; ) {
    try {
      return await attempt(http, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError) || !error.retryable || error.code === "PROVIDER_ERROR") throw error;
      const size = await sizeOf(file);
      vain = size > most ? 0 : vain + 1;
      most = Math.max(most, size);
      if (vain >= MOST_VAIN_TRIES) throw error;
      await sleep(pauseMs * 2 ** vain, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

async function attempt(http: Http, options: Download): Promise<void> {
  const { url, file, signal } = options;
  const known = await readState(file, url);
  const have = known ? await sizeOf(file) : 0;
  if (known && have > 0 && have === known.bytes) {
    options.onBytes(have, have);
    return;
  }
  const goOn = known?.validator !== undefined && have > 0 && have < (known.bytes ?? Number.POSITIVE_INFINITY);
  const range = goOn ? { range: `bytes=${have}-`, "if-range": known.validator! } : undefined;
  const answer = await http.open(url, range ?? {}, signal);
  try {
    if (answer.statusCode === 206 && goOn && isRest(answer, have, known))
      return await receive(answer, options, have, known);
    // A range that was not asked for, of another file, or past its end: the half file is of no use.
    if (answer.statusCode === 206 || answer.statusCode === 416) {
      await discard(file);
      if (!goOn) throw badStatus(url, answer.statusCode);
      return await attempt(http, options);
    }
    if (answer.statusCode !== 200) throw badStatus(url, answer.statusCode);
    if (!["identity", undefined].includes(single(answer, "content-encoding"))) {
      throw new AppError("PROVIDER_ERROR", `${new URL(url).host} sends the file in a coding that was not asked for.`, {
        hint: "set AITTSM_MODEL_BASE_URL to a server that sends files as they are",
      });
    }
    const bytes = lengthOf(answer);
    await discard(file);
    const state = { url, bytes, validator: validatorOf(answer) };
    await writeJson(stateFileOf(file), state);
    await receive(answer, options, 0, state);
  } catch (error) {
    throw httpError(error, new URL(url), signal);
  } finally {
    answer.body.on("error", () => {}).destroy();
  }
}

/** Whether a 206 is the rest of the file that the half one is of. */
function isRest(answer: Answer, have: number, { bytes, validator }: State): boolean {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(single(answer, "content-range") ?? "") ?? [];
  if (Number(first) !== have) return false;
  if (bytes !== undefined && total !== undefined && total !== "*" && Number(total) !== bytes) return false;
  const now = validatorOf(answer);
  return now === undefined || now === validator;
}

async function receive(answer: Answer, options: Download, from: number, state: State): Promise<void> {
  const { file, maxBytes, url } = options;
  const rest = lengthOf(answer);
  const total = state.bytes ?? (rest === undefined ? undefined : from + rest);
  if (total !== undefined && total > maxBytes) throw tooBig(url, maxBytes);
  if (total !== undefined) await options.requireRoom(total - from, total);
  const handle = await open(file, from > 0 ? "r+" : "w");
  let done = from;
  try {
    options.onBytes(done, total);
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (done + chunk.length > maxBytes) throw tooBig(url, maxBytes);
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, done);
        at += bytesWritten;
        done += bytesWritten;
      }
      options.onBytes(done, total);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && done !== total) {
    throw new AppError("NETWORK_ERROR", `${new URL(url).host} sent ${done} of ${total} bytes.`, {
      hint: "try again: what was downloaded is kept",
    });
  }
  if (state.bytes === undefined) await writeJson(stateFileOf(file), { ...state, bytes: done });
}

const tooBig = (url: string, maxBytes: number) =>
  refused(`${url} has more than ${maxBytes} bytes.`, "check AITTSM_MODEL_BASE_URL");

async function readState(file: string, url: string): Promise<State | undefined> {
  try {
    const state = JSON.parse(await readFile(stateFileOf(file), "utf8")) as Partial<State>;
    return state.url === url ? (state as State) : undefined;
  } catch {
    return undefined;
  }
}

const sizeOf = (file: string) =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

function single({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function lengthOf(answer: Answer): number | undefined {
  const value = single(answer, "content-length");
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function validatorOf(answer: Answer): string | undefined {
  const tag = single(answer, "etag");
  return tag?.startsWith('"') ? tag : single(answer, "last-modified");
}
