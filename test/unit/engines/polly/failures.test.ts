import { beforeEach, describe, expect, it } from "vitest";
import { PollyCalls } from "../../../../src/engines/polly/client.ts";
import { failureOf } from "../../../../src/engines/polly/failures.ts";
import { PollyEngine } from "../../../../src/engines/polly/index.ts";
import { AppError } from "../../../../src/errors.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FAKE_ACCESS_KEY, FAKE_SECRET, FakePolly } from "../../../support/fake-polly.ts";

const polly = await FakePolly.start();
beforeEach(() => polly.reset());
const live = new AbortController().signal;

async function failure(more: Record<string, string> = {}, input: Record<string, string> = {}, timeoutMs?: number) {
  const context = emptyContext({ variables: { ...polly.variables, ...more } });
  const calls = new PollyCalls(await new PollyEngine(context).workerData(), timeoutMs);
  const asked = { Engine: "neural", VoiceId: "Joanna", OutputFormat: "pcm", SampleRate: "16000", Text: "Hello." };
  try {
    await calls.synthesize({ ...asked, ...input } as never, live);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  } finally {
    await calls.close();
  }
  throw new Error("it did not fail");
}

const trouble = (status: number, type: string, message = "") => ({ status, type, message });

describe("a fault that may pass", () => {
  it.each([
    ["a throttled request", trouble(400, "ThrottlingException", "Rate exceeded")],
    ["a failure of the service", trouble(500, "ServiceFailureException", "unknown condition")],
    ["a cut connection", { cut: "before" as const }],
  ])("is tried again: %s", async (_, once) => {
    polly.troubles.push(once);
    const calls = new PollyCalls(await new PollyEngine(emptyContext({ variables: polly.variables })).workerData());
    const input = { Engine: "neural", VoiceId: "Joanna", OutputFormat: "pcm", SampleRate: "16000", Text: "Hello." };
    expect((await calls.synthesize(input as never, live)).length).toBeGreaterThan(0);
    await calls.close();
    expect(polly.requests).toHaveLength(2);
  });

  it.each([
    ["ThrottlingException", 400, "RATE_LIMITED", "Rate exceeded"],
    ["ServiceFailureException", 500, "PROVIDER_ERROR", "An unknown condition"],
  ])("is told after three tries: %s", async (type, status, code, message) => {
    polly.troubles.push(...Array(5).fill(trouble(status, type, message)));
    const error = await failure();
    expect(error).toMatchObject({ code, retryable: true, details: { provider: "polly", provider_message: message } });
    expect(polly.requests).toHaveLength(3);
  });

  it("is NETWORK_ERROR when the sound is cut off, or nobody is there", async () => {
    polly.troubles.push({ cut: "within" });
    expect(await failure()).toMatchObject({ code: "NETWORK_ERROR", retryable: true });
    const nobody = await failure({ AWS_ENDPOINT_URL_POLLY: "http://127.0.0.1:9" });
    expect(nobody).toMatchObject({ code: "NETWORK_ERROR", hint: expect.stringContaining("AWS_REGION") });
  });

  it.each(["before", "within"] as const)("is TIMEOUT when Polly falls silent %s its answer", async (hang) => {
    polly.troubles.push({ hang });
    expect(await failure({}, {}, 300)).toMatchObject({ code: "TIMEOUT", retryable: true });
  });
});

describe("a refusal", () => {
  it.each([
    [{ Text: "x".repeat(3_001) }, "TEXT_TOO_LONG", "Maximum text length has been exceeded"],
    [{ Text: "<speak>Hello</s>", TextType: "ssml" }, "INVALID_SSML", "Invalid SSML request"],
    [{ Engine: "long-form" }, "VOICE_NOT_FOUND", "This voice does not support the selected engine: long-form"],
    [{ LanguageCode: "fr-FR" }, "VOICE_NOT_FOUND", "This voice does not support the language: fr-FR"],
    [{ VoiceId: "Nobody" }, "VOICE_NOT_FOUND", expect.stringContaining("'Nobody' at 'voiceId'")],
    [{ SampleRate: "11025" }, "INVALID_INPUT", "The specified sample rate is not valid."],
  ])("of %j is %s with Polly's sentence, and not tried again", async (input, code, message) => {
    const error = await failure({}, input as Record<string, string>);
    expect(error).toMatchObject({ code, retryable: false, details: { provider_message: message } });
    expect(error.message).toContain(`: ${error.details!.provider_message}`);
    expect(error.hint).toBeTruthy();
    expect(polly.requests).toHaveLength(1);
  });

  it("of a permission names the actions to allow", async () => {
    const said = "User: arn:aws:iam::1:user/x is not authorized to perform: polly:SynthesizeSpeech";
    polly.troubles.push(trouble(403, "AccessDeniedException", said));
    expect(await failure()).toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining("polly:SynthesizeSpeech"),
      details: { provider_message: said },
    });
  });

  it.each([
    ["an unknown key", { AWS_ACCESS_KEY_ID: "AKIAOTHER" }, "UnrecognizedClientException"],
    ["a wrong secret", { AWS_SECRET_ACCESS_KEY: `${FAKE_SECRET}x` }, "InvalidSignatureException"],
    ["a token of another session", { AWS_SESSION_TOKEN: "Secret+Token/Of+Another==" }, "UnrecognizedClientException"],
    ["another region", { AWS_REGION: "us-west-2" }, "InvalidSignatureException"],
  ])("of %s names the variables and repeats no secret", async (_, variables, type) => {
    const error = await failure(variables);
    expect(error).toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining("AWS_SECRET_ACCESS_KEY"),
      details: { provider_code: type },
    });
    const told = JSON.stringify([error.message, error.hint, error.details]);
    for (const secret of [FAKE_SECRET, FAKE_ACCESS_KEY, ...Object.values(variables)]) {
      if (secret !== "us-west-2") expect(told).not.toContain(secret);
    }
  });

  it.each([
    ["TooManyRequestsException", 429, "RATE_LIMITED"],
    ["RequestLimitExceeded", 503, "RATE_LIMITED"],
    ["AccessDenied", 403, "PROVIDER_DISABLED"],
    ["OptInRequired", 403, "PROVIDER_DISABLED"],
    ["SubscriptionRequiredException", 403, "PROVIDER_DISABLED"],
    ["ExpiredToken", 403, "PROVIDER_DISABLED"],
    ["InvalidClientTokenId", 403, "PROVIDER_DISABLED"],
    ["SignatureDoesNotMatch", 403, "PROVIDER_DISABLED"],
    ["IncompleteSignature", 400, "PROVIDER_DISABLED"],
    ["MissingAuthenticationTokenException", 403, "PROVIDER_DISABLED"],
    ["RequestExpired", 400, "PROVIDER_DISABLED"],
    ["MarksNotSupportedForFormatException", 400, "INVALID_INPUT"],
    ["ServiceUnavailable", 503, "PROVIDER_ERROR"],
  ])("by the name %s (%i) is %s", async (name, httpStatusCode, code) => {
    const settings = await new PollyEngine(emptyContext({ variables: polly.variables })).workerData();
    const thrown = Object.assign(new Error("In Polly's words."), { name, $metadata: { httpStatusCode } });
    expect(failureOf(thrown, settings)).toMatchObject({
      code,
      hint: expect.stringMatching(/./),
      details: { provider: "polly", provider_code: name, provider_message: "In Polly's words." },
    });
  });

  it("of credentials that have expired says so", async () => {
    polly.troubles.push(trouble(403, "ExpiredTokenException", "The security token included in the request is expired"));
    expect(await failure()).toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining("AWS_SESSION_TOKEN"),
    });
  });
});
