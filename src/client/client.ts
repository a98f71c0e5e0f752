import { createHash } from "node:crypto";
import { BASE_PATH, encodeRequest, IDEMPOTENCY_KEY_HEADER } from "../contract/wire.ts";
import { withDeadline } from "./abort.ts";
import { type Call, readAnswer } from "./answer.ts";
import { type AudioSource, type JobAudio, openAudio } from "./download.ts";
import { fromTransport, timedOut } from "./failures.ts";
import { createSubmitter, type Memory, type Submission, type SubmitInput } from "./idempotency.ts";
import { type WaitOptions, type WaitResult, waitForJob } from "./poll.ts";
import { mayRepeat, RETRY_POLICY, type RetryPolicy, withRetries } from "./retry.ts";
import { saveAudio, saveFile } from "./save.ts";
import { type FileOptions, prepareFile, prepareSave, type SaveOptions, type SaveTarget } from "./save-path.ts";
import type { Transport } from "./transport.ts";

/** The one client of REST v1, over any transport. Inputs and outputs have wire names. */
export interface Client {
  /** The service runs on this machine, so file paths in its answers can be opened here. */
  readonly local: boolean;
  /** Any operation of the contract. @throws AppError */
  call: Call;
  /** Submits a speech job once per idempotency key, however often it is called. @throws AppError */
  submit(input: SubmitInput, options?: { idempotencyKey?: string; signal?: AbortSignal }): Promise<Submission>;
  /** Waits for a job to end. @throws AppError */
  wait(jobId: string, options: WaitOptions): Promise<WaitResult>;
  /** The audio of a completed job. @throws AppError */
  openAudio(job: JobAudio, signal?: AbortSignal): Promise<AudioSource>;
  /** Checks where a file may go, before anything is charged. @throws AppError */
  prepareSave(options: SaveOptions): Promise<SaveTarget>;
  /** Writes audio to a prepared place and gives the bytes written. @throws AppError */
  save(source: AudioSource, target: SaveTarget): Promise<number>;
  /** `prepareSave` for what is not audio; gives the path. @throws AppError */
  prepareFile(options: FileOptions): Promise<string>;
  /** Writes to a prepared path; what is `secret` only its owner can read. @throws AppError */
  saveFile(content: Uint8Array, path: string, options?: { secret?: boolean }): Promise<number>;
}

export interface ClientOptions {
  transport: Transport;
  /** Where idempotency keys are remembered (a Keyv); made at first need. Without it only the server remembers. */
  memory?: () => Promise<Memory>;
  retry?: Partial<RetryPolicy>;
}

/** A key as a header can carry it: one with other characters than visible ASCII is sent as its hash. */
function headerValue(key: string): string {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(key)
    ? key
    : `sha256-${createHash("sha256").update(key).digest("hex")}`;
}

/** Builds the client. Nothing is connected or loaded before the first call. */
export function createClient({ transport, memory, retry }: ClientOptions): Client {
  const policy = { ...RETRY_POLICY, ...retry };
  const { host } = new URL(transport.baseUrl);

  const call: Call = async (operation, input, { signal, idempotencyKey } = {}) => {
    const { path, body } = encodeRequest(operation, input);
    const url = transport.baseUrl + BASE_PATH + path;
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (idempotencyKey !== undefined) headers[IDEMPOTENCY_KEY_HEADER] = headerValue(idempotencyKey);
    const waitMs = Number((input as { wait_seconds?: number }).wait_seconds ?? 0) * 1000;
    const once = () =>
      withDeadline(
        transport.timeoutMs + waitMs,
        signal,
        async (inner) => {
          const request = { method: operation.method, headers, body, signal: inner, authenticated: true };
          const response = await transport.fetch(url, request);
          return readAnswer(operation, response, url);
        },
        () => timedOut(host),
      ).catch((error: unknown): never => {
        throw fromTransport(error, transport);
      });
    return withRetries(once, signal, mayRepeat(operation, idempotencyKey) ? policy : { ...policy, retries: 0 });
  };

  return {
    local: transport.local,
    call,
    submit: createSubmitter({ call, memory, scope: transport.scope }),
    wait: (jobId, options) => waitForJob(call, jobId, options),
    openAudio: (job, signal) => openAudio(transport, policy, job, signal),
    prepareSave,
    save: saveAudio,
    prepareFile,
    saveFile: (content, path, { secret } = {}) => saveFile([content], path, secret ? 0o600 : undefined),
  };
}
