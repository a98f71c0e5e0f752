import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { installBare, linkPackages } from "../support/bare-program.ts";
import { FakePolly } from "../support/fake-polly.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, type Home, newHome, startProgram, textOf } from "../support/program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const OPTIONAL = ["@aws-sdk/client-polly", "google-auth-library", "sherpa-onnx-node"];

const polly = await FakePolly.start();
const root = temporaryFolder();
const bin = installBare(root);
const credentials = path.join(root, "service-account.json");
writeFileSync(credentials, JSON.stringify({ type: "service_account", client_email: "x@y", private_key: "none" }));

/** The program of somebody who has set up the clouds and installed nothing for them. */
const start = (home: Home) =>
  startProgram(home, {
    command: [process.execPath, bin],
    env: { ...polly.variables, GOOGLE_APPLICATION_CREDENTIALS: credentials, GOOGLE_CLOUD_PROJECT: "some-project" },
  });

describe("a machine with credentials of clouds but without their optional packages", { timeout: 120_000 }, () => {
  it("really is without them", () => {
    const require = createRequire(bin);
    expect(require.resolve("piscina")).toBeTruthy();
    for (const name of OPTIONAL) expect(() => require.resolve(name)).toThrow("Cannot find module");
  });

  it("lists all tools and the voices that work, and speaks", async () => {
    const program = await start(newHome(root));
    expect(await program.toolNames()).toEqual(TOOL_NAMES);
    const { voices } = await program.ok("search_voices", { limit: 100 });
    const providers = voices.filter(({ available }: { available: boolean }) => available).map(providerOf);
    expect(providers).toContain("flite");
    expect(providers).not.toContain("polly");
    const job = await program.ok("generate_speech", { text: "Still here.", wait_seconds: 50 });
    expect(job).toMatchObject({ status: "completed", voice_id: expect.stringContaining("flite:") });
    expect(polly.requests).toEqual([]);
  });

  it("refuses a voice that needs one with the command that installs it, and names a voice that works", async () => {
    const home = newHome(root);
    const program = await start(home);
    const answer = await program.call("generate_speech", { text: "Hello.", voice_id: "polly:en-US-Neural-Joanna" });
    expect(codeOf(answer)).toBe("PROVIDER_DISABLED");
    const folder = path.join(home.dataDir, "models", "polly");
    const said = textOf(answer);
    expect(said).toContain(`npm install --prefix "${folder}" @aws-sdk/client-polly@3`);
    expect(said).toContain("flite:");
  });
});

describe("a machine where the package was installed into the models' folder", { timeout: 120_000 }, () => {
  it("lists the provider's voices and speaks with one that is named", async () => {
    const home = newHome(root);
    linkPackages(path.join(home.dataDir, "models", "polly"), ["@aws-sdk/client-polly"]);
    const program = await start(home);
    const { voices } = await program.ok("search_voices", { provider: "polly", limit: 100 });
    expect(voices.length).toBeGreaterThan(10);
    const speech = { text: "Hello from a cloud.", voice_id: "polly:en-US-Neural-Joanna", wait_seconds: 50 };
    expect(await program.ok("generate_speech", speech)).toMatchObject({ status: "completed" });
    expect(polly.spoken.map(({ Text }) => Text)).toEqual(["Hello from a cloud."]);
    // Nobody named it: the text stays here.
    expect(await program.ok("generate_speech", { text: "Stay here.", wait_seconds: 50 })).toMatchObject({
      status: "completed",
      voice_id: expect.stringContaining("flite:"),
    });
    expect(polly.spoken).toHaveLength(1);
    polly.troubles.push({ status: 400, type: "ValidationException", message: "This text is not to be said." });
    const refused = await program.call("generate_speech", { ...speech, text: "Hello again." });
    expect(codeOf(refused)).toBe("GENERATION_FAILED");
    expect(textOf(refused)).toContain("This text is not to be said.");
  });
});

function providerOf({ provider }: { provider: string }): string {
  return provider;
}
