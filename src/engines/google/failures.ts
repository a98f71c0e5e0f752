import { AppError, type ErrorCode } from "../../errors.ts";

/** The error object of Google's APIs (https://cloud.google.com/apis/design/errors), as far as it is read here. */
interface GoogleError {
  message: string;
  status: string;
  reason: string;
}

/** What a wrong key is called: Google answers it with 400, too. */
const KEY_REASONS = /^API_KEY_|^SERVICE_DISABLED$|^CONSUMER_|^BILLING_DISABLED$|^ACCESS_TOKEN_|^CREDENTIALS_MISSING$/;

/** What a refused request (400) is about, by Google's own sentences; the first that fits. */
const REFUSALS: readonly (readonly [pattern: RegExp, code: ErrorCode, hint: string])[] = [
  [/sentences that are too long/i, "TEXT_TOO_LONG", "end sentences with full stops"],
  [/longer than the limit|exceeds? the (?:maximum|limit)|too long/i, "TEXT_TOO_LONG", "send less text"],
  [
    /voice.*(?:does not exist|not found)|is it misspelled/i,
    "VOICE_NOT_FOUND",
    "search_voices with provider google lists the voices",
  ],
  [/invalid ssml|ssml.*(?:invalid|malformed|parse)/i, "INVALID_SSML", "check the document's elements"],
  [
    /prompt.*not supported|not support.*prompt/i,
    "PROMPT_NOT_SUPPORTED",
    "leave the prompt out, or take a Gemini voice",
  ],
  [/not (?:currently )?support/i, "UNSUPPORTED_MODIFIER", "leave it out, or take a voice of another family"],
];

/**
 * An answer that is not a success, as an error: what is wrong with the credentials is PROVIDER_DISABLED, with the
 * request INVALID_INPUT or closer, with the quota RATE_LIMITED, and all else PROVIDER_ERROR.
 * @param body the answer's text
 */
export function failureOf(status: number, body: string, retryAfterMs?: number): AppError {
  const { message, status: name, reason } = readError(body);
  const said = withoutSecrets(message);
  const details = { provider: "google", provider_status: status, ...(said && { provider_message: said }) };
  const fail = (code: ErrorCode, sentence: string, hint: string) =>
    new AppError(code, said ? `${sentence}: ${said}` : `${sentence}.`, { hint, details, retryAfterMs });
  if (status === 401 || status === 403 || KEY_REASONS.test(reason)) return disabled(reason, said, fail);
  if (status === 429) return fail("RATE_LIMITED", "Google's quota is used up for now", "try again in a minute");
  if (status === 408 || status >= 500 || status < 400) {
    return fail("PROVIDER_ERROR", `Google answered ${status}${name && ` ${name}`}`, "try again");
  }
  const [, code, hint] = REFUSALS.find(([pattern]) => pattern.test(message)) ?? [];
  return fail(code ?? "INVALID_INPUT", "Google refused the request", hint ?? "change what Google names");
}

function disabled(
  reason: string,
  said: string,
  fail: (code: ErrorCode, sentence: string, hint: string) => AppError,
): AppError {
  const hint = /SERVICE_DISABLED|SERVICE_BLOCKED/.test(reason)
    ? "enable Cloud Text-to-Speech for the project, and let the key use it"
    : /BILLING/.test(reason)
      ? "the project needs billing"
      : /aiplatform/.test(said)
        ? "Gemini voices need the role Vertex AI User; give it to the account in GOOGLE_APPLICATION_CREDENTIALS"
        : /API keys are not supported/i.test(said)
          ? "this takes GOOGLE_APPLICATION_CREDENTIALS in place of GOOGLE_API_KEY (GOOGLE_TTS_AUTH=adc)"
          : "check GOOGLE_API_KEY, or GOOGLE_APPLICATION_CREDENTIALS and its account's roles";
  return fail("PROVIDER_DISABLED", "Google gives no access", hint);
}

/** Whether Google refused a text because it can't read a sentence of that length in one breath. */
export const isSentenceTooLong = (error: unknown): boolean =>
  error instanceof AppError &&
  error.code === "TEXT_TOO_LONG" &&
  /sentences that are too long/i.test(String(error.details?.provider_message));

/** What shows credentials in a sentence is taken out: Google's errors may name the key that was sent. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/AIza[\w-]{10,}|ya29\.[\w.-]+|eyJ[\w-]{10,}(?:\.[\w-]*)*|-----BEGIN[\s\S]*/g, "…")
    .replace(/((?:api_key|key|token|authorization)["']?\s*[:=]\s*["']?)(?:bearer\s+)?[^\s"',)]+/gi, "$1…")
    .slice(0, 1_000);
}

/** Whether a fault is one of the way to Google: no name, no connection, or one that broke. */
export function isNetworkFault(error: unknown): boolean {
  const network =
    /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_\w+|ERR_TLS_\w+|\w*CERT\w*)$/;
  for (let at = error, depth = 0; at && depth < 5; at = (at as { cause?: unknown }).cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && network.test(code)) return true;
  }
  return false;
}

function readError(body: string): GoogleError {
  try {
    const { error } = JSON.parse(body) as {
      error?: { message?: unknown; status?: unknown; details?: { reason?: unknown }[] };
    };
    const reason = Array.isArray(error?.details) ? error.details.find((one) => one?.reason)?.reason : undefined;
    return { message: String(error?.message ?? ""), status: String(error?.status ?? ""), reason: String(reason ?? "") };
  } catch {
    // A proxy's page, or nothing: the status says what there is to say.
    return { message: "", status: "", reason: "" };
  }
}
