import { createHash, randomUUID } from "node:crypto";
import type { InputOf, OutputOf } from "../contract/operation.ts";
import { getSpeech, submitSpeech } from "../contract/tts.ts";
import { AppError } from "../errors.ts";
import type { Call } from "./answer.ts";
import type { Job } from "./poll.ts";

export type SubmitInput = InputOf<typeof submitSpeech>;
type Submitted = OutputOf<typeof submitSpeech>;

/** The part of Keyv that is used. */
export interface Memory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs: number): Promise<unknown>;
}

export interface Submission {
  answer: Submitted;
  /** This key had been used for the same request before: nothing new was made or charged. */
  replayed: boolean;
  /** The job as just read, when that was needed. It may have failed: then only a new key makes a new job. */
  job?: Job;
  warnings: string[];
}

/** The server keeps a key for 24 h. Less here, so that this side never remembers what the server has forgotten. */
const TTL_MS = 23 * 3_600_000;

interface Remembered {
  fingerprint: string;
  answer: Submitted;
}

/** JSON with sorted keys and without undefined members: equal requests give equal text. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function keyReused(): AppError {
  return new AppError("IDEMPOTENCY_KEY_REUSED", "This idempotency_key was used for another request.", {
    hint: "send a new idempotency_key for a new request, or the same request to get its job back",
  });
}

/**
 * Makes the submit function: at most one job per key, across restarts and on servers that forget keys. The request's
 * fingerprint is that of what goes over the wire, so wait_seconds, include and save_to are not part of it.
 */
export function createSubmitter({
  call,
  memory,
  scope,
}: {
  call: Call;
  memory?: () => Promise<Memory>;
  scope: string;
}) {
  /** Calls with one key go one after the other, or a repeat could overtake the first. */
  const running = new Map<string, Promise<unknown>>();
  let opening: Promise<Memory> | undefined;

  async function keyed(input: SubmitInput, idempotencyKey: string, signal?: AbortSignal): Promise<Submission> {
    const warnings: string[] = [];
    const unremembered = (error: unknown) => {
      const what = error instanceof Error ? error.name : "unknown error";
      warnings.push(`the idempotency memory of this machine doesn't work (${what}); only the server's counts`);
    };
    const slot = `speech:${scope}:${sha256(idempotencyKey)}`;
    const fingerprint = sha256(stableJson(input));
    opening ??= memory?.();
    const store = await opening?.catch((error) => {
      opening = undefined;
      unremembered(error);
    });
    const remembered = (await store?.get(slot).catch(unremembered)) as Remembered | undefined;
    if (remembered?.answer && remembered.fingerprint !== fingerprint) throw keyReused();
    if (remembered?.answer) {
      const job = await readRemembered(call, remembered.answer.job_id, signal);
      if (job) return { answer: stillValid(remembered.answer), job, replayed: true, warnings };
    }
    const { data, replayed } = await call(submitSpeech, input, { idempotencyKey, signal });
    await store?.set(slot, { fingerprint, answer: data } satisfies Remembered, TTL_MS).catch(unremembered);
    return { answer: data, replayed, warnings };
  }

  return async (
    input: SubmitInput,
    { idempotencyKey, signal }: { idempotencyKey?: string; signal?: AbortSignal } = {},
  ): Promise<Submission> => {
    if (idempotencyKey === undefined) {
      // A fresh key makes this call's own retries safe; nobody can repeat it, so there is nothing to remember.
      const { data, replayed } = await call(submitSpeech, input, { idempotencyKey: randomUUID(), signal });
      return { answer: data, replayed, warnings: [] };
    }
    const before = running.get(idempotencyKey) ?? Promise.resolve();
    const mine = before.then(() => keyed(input, idempotencyKey, signal));
    const settled = mine.catch(() => {});
    running.set(idempotencyKey, settled);
    try {
      return await mine;
    } finally {
      if (running.get(idempotencyKey) === settled) running.delete(idempotencyKey);
    }
  };
}

/** The remembered job as it is now; undefined when the server no longer knows it, so that it is submitted anew. */
async function readRemembered(call: Call, job_id: string, signal?: AbortSignal): Promise<Job | undefined> {
  try {
    return (await call(getSpeech, { job_id }, { signal })).data;
  } catch (error) {
    if (error instanceof AppError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** A stream URL lives for minutes: an old one is left out. */
function stillValid(answer: Submitted): Submitted {
  if (!answer.stream_url_expires_at || Date.parse(answer.stream_url_expires_at) > Date.now()) return answer;
  const { stream_url, stream_url_expires_at, ...rest } = answer;
  return rest;
}
