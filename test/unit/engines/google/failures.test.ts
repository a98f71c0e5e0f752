import { afterEach, describe, expect, it } from "vitest";
import { failureOf, withoutSecrets } from "../../../../src/engines/google/failures.ts";
import { GoogleSpeaker } from "../../../../src/engines/google/speaker.ts";
import { toWireError } from "../../../../src/errors.ts";
import { FAKE_KEY, FakeGoogle, googleError } from "../../../support/fake-google.ts";

const google = await FakeGoogle.start();
const settings = { endpoint: google.endpoint, credentials: { kind: "api-key", key: FAKE_KEY } as const };

afterEach(() => {
  google.requests.length = 0;
  google.troubles.length = 0;
});

async function speak(signal = new AbortController().signal, over = settings) {
  const speaker = new GoogleSpeaker(over);
  try {
    const request = { voiceId: "google:en-US-Wavenet-A", text: "Hello.", speed: 1, span: { start: 0, end: 6 } };
    for await (const chunk of speaker.synthesize(request, signal)) return chunk.samples.length;
    return 0;
  } finally {
    await speaker.close();
  }
}

describe("Google's refusals", () => {
  const about = (status: number, message: string, reason?: string) =>
    failureOf(status, JSON.stringify(googleError(status, "X", message, reason)));

  it.each([
    [400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID", "PROVIDER_DISABLED"],
    [
      403,
      "Cloud Text-to-Speech API has not been used in project 1 before or it is disabled.",
      "SERVICE_DISABLED",
      "PROVIDER_DISABLED",
    ],
    [401, "API keys are not supported by this API.", "CREDENTIALS_MISSING", "PROVIDER_DISABLED"],
    [403, "Permission 'aiplatform.endpoints.predict' denied.", "IAM_PERMISSION_DENIED", "PROVIDER_DISABLED"],
    [403, "This API method requires billing to be enabled.", "BILLING_DISABLED", "PROVIDER_DISABLED"],
    [400, "The service is disabled for the consumer.", "CONSUMER_INVALID", "PROVIDER_DISABLED"],
    [408, "The request took too long.", undefined, "PROVIDER_ERROR"],
    [400, "This request contains sentences that are too long.", undefined, "TEXT_TOO_LONG"],
    [429, "Resource has been exhausted (e.g. check quota).", undefined, "RATE_LIMITED"],
    [400, "This voice does not support pitch parameters at this time.", undefined, "UNSUPPORTED_MODIFIER"],
    [400, "This voice currently does not support SSML input.", undefined, "UNSUPPORTED_MODIFIER"],
    [400, "Invalid SSML. Newer voices like Neural2 require valid SSML.", undefined, "INVALID_SSML"],
    [400, "Voice 'en-US-Wavenet-ZZ' does not exist. Is it misspelled?", undefined, "VOICE_NOT_FOUND"],
    [400, "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes.", undefined, "TEXT_TOO_LONG"],
    [400, "Prompt is not supported for this voice.", undefined, "PROMPT_NOT_SUPPORTED"],
    [400, "Something else is wrong.", undefined, "INVALID_INPUT"],
    [404, "Requested entity was not found.", undefined, "INVALID_INPUT"],
    [500, "Internal error encountered.", undefined, "PROVIDER_ERROR"],
    [503, "The service is currently unavailable.", undefined, "PROVIDER_ERROR"],
  ])("%i %s (%s) is %4$s, with Google's own sentence", (status, message, reason, code) => {
    const error = about(status, message, reason);
    expect(error.code).toBe(code);
    expect(error.details).toEqual({ provider: "google", provider_status: status, provider_message: message });
    expect(error.hint).toBeTruthy();
  });

  it("name what to do about access", () => {
    expect(about(403, "…", "SERVICE_DISABLED").hint).toContain("enable Cloud Text-to-Speech");
    expect(about(400, "API key not valid.", "API_KEY_INVALID").hint).toContain("GOOGLE_API_KEY");
    expect(about(401, "API keys are not supported by this API.").hint).toContain("GOOGLE_APPLICATION_CREDENTIALS");
    expect(about(403, "Permission 'aiplatform.endpoints.predict' denied.").hint).toContain("Vertex AI User");
  });

  it("may be no JSON at all", () => {
    expect(failureOf(502, "<html>Bad gateway</html>")).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(failureOf(302, "")).toMatchObject({ code: "PROVIDER_ERROR", message: "Google answered 302." });
    expect(failureOf(400, "null")).toMatchObject({ code: "INVALID_INPUT" });
  });

  it("lose what shows credentials", () => {
    const said = `The consumer 'api_key:${FAKE_KEY}' is blocked; Bearer ya29.a0AfH6-x.y and eyJhbGciOiJSUzI1.eyJpc3MiOi.sig`;
    expect(withoutSecrets(said)).toBe("The consumer 'api_key:…' is blocked; Bearer … and …");
    expect(withoutSecrets("API key not valid. Please pass a valid API key.")).toContain("Please pass a valid API key.");
  });
});

describe("a call to Google", () => {
  it("is tried again after a fault that passes", async () => {
    google.troubles.push({ status: 503, body: googleError(503, "UNAVAILABLE", "Soon.") }, { cut: true });
    expect(await speak()).toBeGreaterThan(0);
    expect(google.requests).toHaveLength(3);
  });

  it("waits as long as Google asks", async () => {
    google.troubles.push({
      status: 429,
      body: googleError(429, "RESOURCE_EXHAUSTED", "Slow."),
      headers: { "retry-after": "1" },
    });
    const before = Date.now();
    expect(await speak()).toBeGreaterThan(0);
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);
  });

  it("is not tried again at once when Google asks for a long wait, which the caller is told", async () => {
    google.troubles.push({
      status: 429,
      body: googleError(429, "RESOURCE_EXHAUSTED", "Slow."),
      headers: { "retry-after": "90" },
    });
    await expect(speak()).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 90_000 });
    expect(google.requests).toHaveLength(1);
  });

  it("is not tried again when the request is wrong", async () => {
    google.troubles.push({ status: 400, body: googleError(400, "INVALID_ARGUMENT", "No.") });
    await expect(speak()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(google.requests).toHaveLength(1);
  });

  it("gives up after four tries", { timeout: 20_000 }, async () => {
    for (let i = 0; i < 9; i++) google.troubles.push({ status: 500 });
    await expect(speak()).rejects.toMatchObject({ code: "PROVIDER_ERROR", status: 502 });
    expect(google.requests).toHaveLength(4);
  });

  it("says NETWORK_ERROR when nobody is there, and nothing of the key", { timeout: 20_000 }, async () => {
    const nobody = { ...settings, endpoint: "http://127.0.0.1:9" };
    const error = await speak(undefined, nobody).catch((caught) => caught);
    expect(error).toMatchObject({ code: "NETWORK_ERROR", message: "Google could not be reached." });
    expect(JSON.stringify(toWireError(error))).not.toContain(FAKE_KEY);
  });

  it.each([
    ["{}", "Google answered without sound."],
    ["<html>", "Google answered with something that is not JSON."],
    [{ audioContent: Buffer.from("ID3").toString("base64") }, "not a WAV file"],
  ])("that is answered with %j is PROVIDER_ERROR", { timeout: 20_000 }, async (body, message) => {
    for (let i = 0; i < 4; i++) google.troubles.push({ status: 200, body });
    await expect(speak()).rejects.toMatchObject({ code: "PROVIDER_ERROR", message: expect.stringContaining(message) });
  });

  it("does not follow a redirect with the key", { timeout: 20_000 }, async () => {
    for (let i = 0; i < 4; i++)
      google.troubles.push({ status: 307, headers: { location: `${google.endpoint}/elsewhere` } });
    await expect(speak()).rejects.toMatchObject({ code: "PROVIDER_ERROR" });
    expect(google.requests.every(({ url }) => url === "/v1/text:synthesize")).toBe(true);
  });

  it("ends at once when it is aborted, in an answer as in a pause", async () => {
    for (const trouble of [{ hang: true }, { status: 503, headers: { "retry-after": "15" } }]) {
      google.troubles.push(trouble);
      const stop = new AbortController();
      const reason = new Error("no more");
      const before = Date.now();
      setTimeout(() => stop.abort(reason), 100);
      await expect(speak(stop.signal)).rejects.toBe(reason);
      expect(Date.now() - before).toBeLessThan(1_000);
    }
  });
});
