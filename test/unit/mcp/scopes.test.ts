import { describe, expect, it } from "vitest";
import { FakeService, fail } from "../client/fake-service.ts";
import { CLIENTS, optionsFor, textOf } from "./connect.ts";

const refusal = (details?: object, hint?: string) => () =>
  fail(403, {
    code: "INSUFFICIENT_SCOPE",
    message: "This API key does not have the scope tts:generate.",
    details,
    hint,
  });
const MISSING =
  "INSUFFICIENT_SCOPE: This API key does not have the scopes tts:generate, tts:status, which generate_speech needs.";

describe.each(CLIENTS)("a key without a tool's scopes, under %s", (_, connect) => {
  const call = async (service: FakeService, scopes?: ReadonlySet<"voices:list">) => {
    const options = optionsFor(service);
    const client = await connect({ ...options, connect: async () => ({ ...(await options.connect()), scopes }) });
    return textOf(await client.call("generate_speech", { text: "hi" })).split("\n")[0];
  };

  it("is refused with all of them before anything is asked, where they are known here", async () => {
    const service = new FakeService();
    const line = await call(service, new Set(["voices:list"]));
    expect(line).toBe(`${MISSING} Hint: add tts:generate, tts:status to the key, or use a key that has them.`);
    expect(service.seen).toEqual([]);
  });

  it("is told all of them, where the service says what the key has", async () => {
    const service = new FakeService();
    const details = { required_scope: "tts:generate", granted_scopes: ["voices:list"] };
    service.scripted.push(refusal(details, "add tts:generate to the key"));
    expect(await call(service)).toBe(
      `${MISSING} Hint: add tts:generate, tts:status to the key, or use a key that has them.`,
    );
    service.scripted.push(refusal({ ...details, granted_scopes: ["voices:list", "tts:status"] }));
    expect(await call(service)).toContain("does not have the scope tts:generate, which generate_speech needs");
  });

  it("is told what the tool needs, where the service says neither", async () => {
    const service = new FakeService();
    service.scripted.push(refusal());
    expect(await call(service)).toMatch(/ Hint: use an API key with the scopes tts:generate, tts:status\.$/);
  });
});
