import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PollyEngine, pollyEntry } from "../../../../src/engines/polly/index.ts";
import { sdkFile } from "../../../../src/engines/polly/sdk.ts";
import { POLLY_VARIABLES } from "../../../../src/engines/polly/setup.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FAKE_ACCESS_KEY, FAKE_SECRET, FakePolly } from "../../../support/fake-polly.ts";
import { temporaryFolder } from "../../../support/folders.ts";

const polly = await FakePolly.start();
const folder = temporaryFolder();
const nowhere = pathToFileURL(path.join(folder, "nowhere", "x.js")).href;
afterEach(() => vi.unstubAllEnvs());

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...noKeys } = polly.variables;
const statusOf = (variables: Record<string, string>) => new PollyEngine(emptyContext({ variables })).status();

const credentialsFile = path.join(folder, "credentials");
writeFileSync(
  credentialsFile,
  `[speech]\naws_access_key_id = ${FAKE_ACCESS_KEY}\naws_secret_access_key = ${FAKE_SECRET}\n`,
);
const configFile = path.join(folder, "config");
writeFileSync(configFile, `[profile speech]\nregion = ${polly.region}\n[profile empty]\noutput = json\n`);
const files = { AWS_SHARED_CREDENTIALS_FILE: credentialsFile, AWS_CONFIG_FILE: configFile };

describe("Polly's set-up", () => {
  it("is keys and a region, by either of the region's names", async () => {
    expect(await statusOf(polly.variables)).toEqual({ available: true });
    const { AWS_REGION, ...rest } = polly.variables;
    expect(await statusOf({ ...rest, AWS_DEFAULT_REGION: "us-east-1" })).toEqual({ available: true });
  });

  it.each([
    ["nothing", {}, "AWS_ACCESS_KEY_ID"],
    ["half a pair", { AWS_ACCESS_KEY_ID: "AKIA", AWS_REGION: "us-east-1" }, "AWS_SECRET_ACCESS_KEY"],
    ["the other half", { AWS_SECRET_ACCESS_KEY: "x", AWS_REGION: "us-east-1" }, "AWS_ACCESS_KEY_ID"],
    ["a strange region", { ...polly.variables, AWS_REGION: "somewhere.example.com" }, "AWS_REGION"],
    ["an endpoint that is none", { ...polly.variables, AWS_ENDPOINT_URL_POLLY: "polly" }, "AWS_ENDPOINT_URL_POLLY"],
  ])("of %s is told with the variable to set, and there are no voices", async (_, variables, name) => {
    const engine = new PollyEngine(emptyContext({ variables: variables as Record<string, string> }));
    expect(await engine.status()).toMatchObject({ available: false, hint: expect.stringContaining(name) });
    expect(await engine.voices()).toEqual([]);
    await expect(engine.workerData()).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining(name),
    });
  });

  it("of keys without a region asks for one", async () => {
    vi.stubEnv("AWS_CONFIG_FILE", path.join(folder, "none"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", path.join(folder, "none"));
    const status = await statusOf({ AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "x" });
    expect(status).toMatchObject({ available: false, hint: expect.stringContaining("AWS_REGION") });
  });

  it("of a profile takes credentials and region from the user's AWS files, before keys", async () => {
    // The SDK itself reads the region, and looks for its files where these say.
    for (const [name, value] of Object.entries(files)) vi.stubEnv(name, value);
    const { AWS_ENDPOINT_URL_POLLY } = polly.variables;
    const variables = { AWS_ENDPOINT_URL_POLLY, ...files, AWS_PROFILE: "speech", AWS_ACCESS_KEY_ID: "AKIAWRONG" };
    const engine = new PollyEngine(emptyContext({ variables: variables as Record<string, string> }));
    expect((await engine.workerData()).region).toBe(polly.region);
    expect((await engine.voices()).length).toBeGreaterThan(5);
  });

  it("of a profile without credentials is told by its name, and the machine's metadata is not asked for any", async () => {
    let asked = 0;
    const metadata = createServer((_, response) => {
      asked++;
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
    const { port } = metadata.address() as AddressInfo;
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
    const engine = new PollyEngine(emptyContext({ variables: { ...noKeys, ...files, AWS_PROFILE: "empty" } }));
    await expect(engine.voices()).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining('"empty" (AWS_PROFILE)'),
    });
    metadata.close();
    expect(asked).toBe(0);
  });

  it("reads only what the entry names", () => {
    expect(pollyEntry.variables).toEqual(POLLY_VARIABLES);
  });
});

describe("without AWS's library", () => {
  it("Polly is not available, and the command that installs it is named", async () => {
    const modelDir = path.join(folder, "models without");
    const engine = new PollyEngine(emptyContext({ variables: polly.variables, modelDir }), nowhere);
    const command = `npm install --prefix "${path.join(modelDir, "polly")}" @aws-sdk/client-polly@3`;
    expect(await engine.status()).toMatchObject({ available: false, hint: `run: ${command}` });
    expect(await engine.voices()).toEqual([]);
    await expect(engine.workerData()).rejects.toMatchObject({ code: "PROVIDER_DISABLED", hint: `run: ${command}` });
    // What a voice can do is known all the same.
    expect(engine.capabilities("polly:en-US-Neural-Joanna").maxTextBytes).toBe(100_000);
  });

  it("it is found where that command puts it, and never in the working directory", async () => {
    const modelDir = path.join(folder, "models with");
    const installed = path.join(modelDir, "polly", "node_modules", "@aws-sdk", "client-polly");
    mkdirSync(installed, { recursive: true });
    writeFileSync(path.join(installed, "package.json"), '{"name":"@aws-sdk/client-polly","main":"index.js"}');
    writeFileSync(path.join(installed, "index.js"), "");
    expect(sdkFile(modelDir, nowhere)).toBe(path.join(installed, "index.js"));
    expect(sdkFile(path.join(folder, "models without"), nowhere)).toBeUndefined();
  });
});
