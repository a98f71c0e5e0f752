import type { Context, Hono } from "hono";
import { CreateSpeech, OPENAI_FORMATS, OPENAI_PATH, OPENAI_ROUTES } from "../contract/openai.ts";
import { decodeInput, IDEMPOTENCY_KEY_HEADER, REQUEST_ID_HEADER } from "../contract/wire.ts";
import { AppError, toAppError } from "../errors.ts";
import type { Catalogue } from "../service/catalogue.ts";
import type { OpenAiSpeech } from "../service/openai-speech.ts";
import { OPENAI_MODELS, openAiVoiceNames } from "../service/openai-voices.ts";
import { type Authenticate, requireScope } from "./auth.ts";
import { limitBody } from "./body-limit.ts";
import { headerOf } from "./node-bindings.ts";
import { requestIdOf } from "./request-id.ts";
import { countUntilSent } from "./request-limits.ts";

/** The header with the job of an answer: its audio and text are in the library. */
const JOB_ID_HEADER = "X-Aittsm-Job-Id";
/** OpenAI's own clients do as it says, and not by the status alone. */
const SHOULD_RETRY_HEADER = "x-should-retry";

/** OpenAI's names of fields that our errors call by ours. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  text: "input",
  voice_id: "voice",
  output_format: "response_format",
  prompt: "instructions",
};

/** Stands before all routes below /v1: what they throw is told as OpenAI tells it. */
export function guardOpenAi(app: Hono): void {
  app.use(`${OPENAI_PATH}/*`, async (c, next) => {
    await next();
    if (c.error) c.res = openAiError(toAppError(c.error, requestIdOf(c)), requestIdOf(c));
  });
}

export interface OpenAiParts {
  speech: OpenAiSpeech;
  catalogue: Catalogue;
  authenticate: Authenticate;
}

/** The part of OpenAI's API that has to do with speech. */
export function mountOpenAi(app: Hono, { speech, catalogue, authenticate }: OpenAiParts): void {
  const enter = async (c: Context, { scope }: (typeof OPENAI_ROUTES)[keyof typeof OPENAI_ROUTES]) => {
    const principal = await authenticate(c.req.raw, headerOf(c, "authorization"));
    requireScope(principal, scope);
    return principal;
  };

  app.post(OPENAI_ROUTES.createSpeech.path, limitBody, async (c) => {
    const principal = await enter(c, OPENAI_ROUTES.createSpeech);
    const wish = await readWish(c);
    countUntilSent(c);
    const key = headerOf(c, IDEMPOTENCY_KEY_HEADER.toLowerCase());
    const answer = await speech.create(principal, wish, key, c.req.raw.signal);
    return new Response(answer.body, {
      headers: {
        "Content-Type": answer.contentType,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        [REQUEST_ID_HEADER]: requestIdOf(c),
        [JOB_ID_HEADER]: answer.jobId,
      },
    });
  });

  app.get(OPENAI_ROUTES.listModels.path, async (c) => {
    await enter(c, OPENAI_ROUTES.listModels);
    const available = (await catalogue.all()).filter(({ voice }) => voice.available);
    const ids = new Set([...OPENAI_MODELS, ...available.flatMap(({ voice }) => voice.availableModels)]);
    return c.json({
      object: "list",
      data: [...ids].map((id) => ({ id, object: "model", created: 0, owned_by: "aittsm" })),
    });
  });

  app.get(OPENAI_ROUTES.listVoices.path, async (c) => {
    await enter(c, OPENAI_ROUTES.listVoices);
    const names = await openAiVoiceNames(catalogue);
    const stand = names.map(({ id, entry: { voice } }) => describe(id, `${id}: ${voice.voiceId}`, voice));
    const own = (await catalogue.all())
      .filter(({ voice }) => voice.available)
      .map(({ voice }) => describe(voice.voiceId, voice.voiceId, voice));
    return c.json({ voices: [...stand, ...own] });
  });

  app.all(`${OPENAI_PATH}/*`, (c) => {
    throw new AppError("NOT_FOUND", `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`, {
      hint: "of OpenAI's API there are POST /v1/audio/speech, GET /v1/audio/voices and GET /v1/models",
    });
  });
}

const describe = (id: string, name: string, { language, gender }: { language: string; gender: string }) => ({
  id,
  name,
  language,
  gender,
});

async function readWish(c: Context) {
  let body: unknown;
  try {
    body = JSON.parse(await c.req.text());
  } catch {
    throw new AppError("INVALID_INPUT", "The request body is not JSON.", { hint: "send a JSON object in UTF-8" });
  }
  const format = (body as { response_format?: unknown } | null)?.response_format;
  if (format === "aac" || format === "flac") {
    throw new AppError("UNSUPPORTED_FORMAT", `${format} can't be made here.`, {
      hint: `response_format takes ${OPENAI_FORMATS.join(", ")}`,
      details: { fields: [{ field: "response_format", message: `takes ${OPENAI_FORMATS.join(", ")}` }] },
    });
  }
  const { voice, response_format: responseFormat = "mp3", stream_format: _, ...rest } = decodeInput(CreateSpeech, body);
  return { ...rest, responseFormat, voice: typeof voice === "string" ? voice : voice.id };
}

/** An error as OpenAI's clients read it: `{"error": {message, type, param, code}}`. */
function openAiError(error: AppError, requestId: string): Response {
  const fields = error.details?.fields as { field: string }[] | undefined;
  const field = fields?.[0]?.field;
  const sentence = error.hint ? `${error.message} (${error.hint})` : error.message;
  const body = {
    error: {
      message: sentence,
      type: typeOf(error),
      param: field === undefined ? null : (FIELD_NAMES[field] ?? field),
      code: error.code.toLowerCase(),
    },
  };
  return Response.json(body, {
    status: error.status,
    headers: {
      [REQUEST_ID_HEADER]: requestId,
      [SHOULD_RETRY_HEADER]: String(error.retryable),
      ...(error.retryAfterMs !== undefined && { "Retry-After": String(Math.ceil(error.retryAfterMs / 1000)) }),
      ...(error.status === 401 && { "WWW-Authenticate": 'Bearer realm="aittsm"' }),
      ...(error.status === 413 && { Connection: "close" }),
    },
  });
}

function typeOf({ status, code }: AppError): string {
  if (code === "INSUFFICIENT_CREDITS") return "insufficient_quota";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
