import { addAbortSignal, type Readable } from "node:stream";
import type { DescribeVoicesCommandOutput, PollyClient, SynthesizeSpeechCommandInput } from "@aws-sdk/client-polly";
import { AppError } from "../../errors.ts";
import { failureOf } from "./failures.ts";
import { loadProfileReader, loadSdk, type PollySdk } from "./sdk.ts";
import type { PollySettings } from "./setup.ts";

/** Tries in all, in the SDK's way: with growing pauses, and only for what may pass. */
const MAX_ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 5_000;
/** For a call with all its tries and the whole of its answer. */
const CALL_TIMEOUT_MS = 60_000;
/** Polly lists its voices on two or three pages. */
const MAX_PAGES = 50;

type ListedVoice = NonNullable<DescribeVoicesCommandOutput["Voices"]>[number];

interface Connection {
  sdk: PollySdk;
  client: PollyClient;
}

/** Calls of Amazon Polly. Credentials are in memory only. */
export class PollyCalls {
  readonly #settings: PollySettings;
  readonly #timeoutMs: number;
  #connection: Promise<Connection> | undefined;

  constructor(settings: PollySettings, timeoutMs = CALL_TIMEOUT_MS) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
  }

  /** All voices of the region. @throws the signal's reason; AppErrors, see `failureOf` */
  describeVoices(signal: AbortSignal): Promise<ListedVoice[]> {
    return this.#within(signal, async ({ sdk, client }, abortSignal) => {
      const voices: ListedVoice[] = [];
      let token: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const command = new sdk.DescribeVoicesCommand({ IncludeAdditionalLanguageCodes: true, NextToken: token });
        const answer: DescribeVoicesCommandOutput = await client.send(command, { abortSignal });
        voices.push(...(answer.Voices ?? []));
        token = answer.NextToken;
        if (!token) return voices;
      }
      throw new AppError("PROVIDER_ERROR", "Amazon Polly's list of voices does not end.", { hint: "try again" });
    });
  }

  /** The sound as the service gives it, whole. @throws the signal's reason; AppErrors, see `failureOf` */
  synthesize(input: SynthesizeSpeechCommandInput, signal: AbortSignal): Promise<Buffer> {
    return this.#within(signal, async ({ sdk, client }, abortSignal) => {
      const { AudioStream } = await client.send(new sdk.SynthesizeSpeechCommand(input), { abortSignal });
      const parts: Buffer[] = [];
      for await (const part of addAbortSignal(abortSignal, AudioStream as Readable)) parts.push(part);
      return Buffer.concat(parts);
    });
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    (await connection?.catch(() => undefined))?.client.destroy();
  }

  async #within<T>(
    signal: AbortSignal,
    call: (connection: Connection, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await call(await this.#connect(), AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) {
        throw new AppError("TIMEOUT", `Amazon Polly did not answer within ${this.#timeoutMs / 1_000} seconds.`, {
          hint: "try again",
          details: { provider: "polly" },
          cause: error,
        });
      }
      throw failureOf(error, this.#settings);
    }
  }

  #connect(): Promise<Connection> {
    this.#connection ??= connect(this.#settings).catch((error) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }
}

async function connect({ sdk: file, region, endpoint, credentials }: PollySettings): Promise<Connection> {
  const sdk = await loadSdk(file);
  const client = new sdk.PollyClient({
    region,
    ...(endpoint && { endpoint }),
    credentials: credentials.kind === "keys" ? credentials : await profileReader(file, credentials),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: "standard",
    requestHandler: new sdk.NodeHttpHandler({ connectionTimeout: CONNECT_TIMEOUT_MS }),
  });
  return { sdk, client };
}

async function profileReader(file: string, credentials: PollySettings["credentials"] & { kind: "profile" }) {
  const fromIni = await loadProfileReader(file);
  const { profile, credentialsFile: filepath, configFile: configFilepath } = credentials;
  return fromIni({ profile, ...(filepath && { filepath }), ...(configFilepath && { configFilepath }) });
}
