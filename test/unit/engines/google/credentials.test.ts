import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { GoogleEngine } from "../../../../src/engines/google/index.ts";
import { readSetup } from "../../../../src/engines/google/setup.ts";
import { GoogleSpeaker } from "../../../../src/engines/google/speaker.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FAKE_KEY, FakeGoogle } from "../../../support/fake-google.ts";
import { credentialsFile, federatedFile, serviceAccount } from "../../../support/google-credentials.ts";

const google = await FakeGoogle.start();
const account = serviceAccount();
const folder = mkdtempSync(path.join(tmpdir(), "aittsm-gcloud-"));
/** Where no package is installed. */
const nowhere = pathToFileURL(path.join(folder, "index.js")).href;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  google.requests.length = 0;
  google.tokens.length = 0;
  google.tokenSeconds = 3_600;
  google.bearer = () => false;
});

/** Speaks with what the variables set up, `times` times by one speaker. */
async function speak(variables: Record<string, string>, times = 1): Promise<void> {
  const context = emptyContext({ variables: { GOOGLE_TTS_ENDPOINT: google.endpoint, ...variables } });
  const speaker = new GoogleSpeaker(structuredClone(await new GoogleEngine(context).workerData()));
  try {
    for (let i = 0; i < times; i++) {
      const request = { voiceId: "google:en-US-Wavenet-A", text: "Hello.", speed: 1, span: { start: 0, end: 6 } };
      for await (const { samples } of speaker.synthesize(request, new AbortController().signal)) {
        expect(samples.length).toBeGreaterThan(0);
      }
    }
  } finally {
    await speaker.close();
  }
}

const credentialsOf = async (variables: Record<string, string>, from?: string) => {
  const setup = await readSetup(variables, from);
  return "settings" in setup ? setup.settings.credentials : setup;
};

describe("which credentials are taken", () => {
  const file = account.file;
  const gcloud = path.join(folder, "gcloud");
  mkdirSync(gcloud);
  const login = path.join(gcloud, "application_default_credentials.json");
  writeFileSync(
    login,
    JSON.stringify({ type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" }),
  );
  const adc = { kind: "adc", source: "GOOGLE_APPLICATION_CREDENTIALS", file };
  const key = { kind: "api-key", key: FAKE_KEY };

  it.each([
    ["a key", { GOOGLE_API_KEY: FAKE_KEY }, key],
    ["a file", { GOOGLE_APPLICATION_CREDENTIALS: file }, adc],
    ["the file before the key", { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_APPLICATION_CREDENTIALS: file }, adc],
    [
      "the key when it is wished",
      { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_TTS_AUTH: "api-key" },
      key,
    ],
    [
      "gcloud's login with the project that pays",
      { CLOUDSDK_CONFIG: gcloud, GOOGLE_CLOUD_PROJECT: "p-1" },
      { kind: "adc", source: "gcloud's application-default login", file: login, quotaProject: "p-1" },
    ],
    [
      "another project that pays",
      { GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_PROJECT: "p-1", GOOGLE_CLOUD_QUOTA_PROJECT: "p-2" },
      { ...adc, quotaProject: "p-2" },
    ],
    [
      "no quota project for a service account",
      { GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_PROJECT: "p-1" },
      adc,
    ],
    [
      "the machine's own when it is wished and there is nothing else",
      { GOOGLE_TTS_AUTH: "adc", CLOUDSDK_CONFIG: folder },
      { kind: "adc", source: "this machine's own credentials" },
    ],
  ])("%s", async (_, variables, expected) => {
    expect(await credentialsOf(variables)).toEqual(expected);
  });

  it.each([
    ["nothing", {}, "not set up", "GOOGLE_API_KEY"],
    ["gcloud's login alone", { CLOUDSDK_CONFIG: gcloud }, "not set up", "GOOGLE_APPLICATION_CREDENTIALS"],
    ["off", { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_TTS_AUTH: "off" }, "GOOGLE_TTS_AUTH is off", "remove"],
    ["a wish that is none", { GOOGLE_TTS_AUTH: "please" }, 'GOOGLE_TTS_AUTH is "please"', "api-key, adc or off"],
    [
      "a wish for a key that is not there",
      { GOOGLE_TTS_AUTH: "api-key" },
      "GOOGLE_API_KEY is not set",
      "GOOGLE_API_KEY",
    ],
    ["a key that is none", { GOOGLE_API_KEY: "AIza\nX-Evil: 1" }, "no API key has", "copy"],
    ["a file that is not there", { GOOGLE_APPLICATION_CREDENTIALS: "/no/such.json" }, "can't be read (ENOENT)", "path"],
    [
      "a file of something else",
      { GOOGLE_APPLICATION_CREDENTIALS: import.meta.filename },
      "not a credentials file",
      "path",
    ],
    [
      "an endpoint without TLS",
      { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_TTS_ENDPOINT: "http://example.com" },
      "ENDPOINT",
      "https",
    ],
    [
      "an endpoint with a password",
      { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_TTS_ENDPOINT: "https://a:b@example.com" },
      "ENDPOINT",
      "https",
    ],
  ])("none for %s, and why", async (_, variables, why, way) => {
    const setup = await readSetup(variables);
    expect(setup).toEqual({ whyUnavailable: expect.stringContaining(why), hint: expect.stringContaining(way) });
    expect(JSON.stringify(setup)).not.toContain("AIza");
  });

  it("calls the endpoint that is set, or Google's", async () => {
    const endpointOf = async (variables: Record<string, string>) =>
      ((await readSetup({ GOOGLE_API_KEY: FAKE_KEY, ...variables })) as { settings: { endpoint: string } }).settings
        .endpoint;
    expect(await endpointOf({})).toBe("https://texttospeech.googleapis.com");
    const eu = "https://eu-texttospeech.googleapis.com";
    for (const end of ["", "/", "/v1", "/v1/"]) expect(await endpointOf({ GOOGLE_TTS_ENDPOINT: eu + end })).toBe(eu);
  });
});

describe("application-default credentials", () => {
  it("of a service account sign their own tokens", async () => {
    google.bearer = account.isItsToken;
    await speak({ GOOGLE_APPLICATION_CREDENTIALS: account.file });
    const { headers } = google.requests[0]!;
    expect(headers.authorization).toMatch(/^Bearer ey/);
    expect(headers).not.toHaveProperty("x-goog-user-project");
  });

  it("list the voices, too", async () => {
    google.bearer = account.isItsToken;
    const variables = { GOOGLE_APPLICATION_CREDENTIALS: account.file, GOOGLE_TTS_ENDPOINT: google.endpoint };
    expect((await new GoogleEngine(emptyContext({ variables })).voices()).length).toBeGreaterThan(30);
  });

  it("of another provider are exchanged for a token, which is used until it ends", async () => {
    google.bearer = (token) => token === google.tokens.at(-1);
    const variables = {
      GOOGLE_APPLICATION_CREDENTIALS: federatedFile(google.endpoint),
      GOOGLE_CLOUD_QUOTA_PROJECT: "p-2",
    };
    await speak(variables, 3);
    expect(google.tokens).toHaveLength(1);
    expect(google.requests[0]!.headers["x-goog-user-project"]).toBe("p-2");
    google.tokenSeconds = 1;
    google.tokens.length = 0;
    await speak(variables, 3);
    expect(google.tokens).toHaveLength(3);
  });

  it("that are refused say so, with the provider's sentence", async () => {
    const refused = speak({ GOOGLE_APPLICATION_CREDENTIALS: federatedFile(google.endpoint, "somebody else") });
    await expect(refused).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      details: { provider_message: expect.stringContaining("That is not who you are.") },
    });
    expect(google.requests).toEqual([]);
  });

  it("with a broken key say so and show nothing of it", async () => {
    const broken = credentialsFile("broken.json", {
      ...{ type: "service_account", client_email: account.email },
      private_key: account.privateKey.slice(0, 300),
    });
    const error = await speak({ GOOGLE_APPLICATION_CREDENTIALS: broken }).catch((caught) => caught);
    expect(error).toMatchObject({
      code: "PROVIDER_DISABLED",
      message: expect.stringContaining("GOOGLE_APPLICATION_CREDENTIALS"),
    });
    expect(JSON.stringify([error.message, error.details])).not.toContain(account.privateKey.slice(40, 80));
  });

  it("that Google can't be reached to exchange are NETWORK_ERROR", { timeout: 30_000 }, async () => {
    const file = federatedFile("http://127.0.0.1:9");
    await expect(speak({ GOOGLE_APPLICATION_CREDENTIALS: file })).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });
});

describe("without google-auth-library", () => {
  it("a credentials file makes no voices, and the way out is named", async () => {
    const engine = new GoogleEngine(
      emptyContext({ variables: { GOOGLE_APPLICATION_CREDENTIALS: account.file } }),
      nowhere,
    );
    expect(await engine.status()).toMatchObject({
      available: false,
      whyUnavailable: expect.stringContaining("google-auth-library"),
      hint: expect.stringContaining("npm install google-auth-library@10"),
    });
    expect(await engine.voices()).toEqual([]);
    const refusal = { code: "PROVIDER_DISABLED", hint: expect.stringContaining("npm install google-auth-library") };
    await expect(engine.workerData()).rejects.toMatchObject(refusal);
  });

  it("an API key works, also beside a file", async () => {
    const variables = { ...google.variables, GOOGLE_APPLICATION_CREDENTIALS: account.file };
    const engine = new GoogleEngine(emptyContext({ variables }), nowhere);
    expect(await engine.status()).toEqual({ available: true });
    expect((await engine.voices()).length).toBeGreaterThan(30);
    expect(google.requests[0]!.headers["x-goog-api-key"]).toBe(FAKE_KEY);
  });
});
