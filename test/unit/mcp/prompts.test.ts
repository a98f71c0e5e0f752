import { describe, expect, it } from "vitest";
import { PROMPTS } from "../../../src/mcp/prompt-texts.ts";
import type { Tool } from "../../../tools/tool.ts";
import { TARGET, TARGET_NAMES } from "../../support/target-tools.ts";
import { FakeService, VOICE } from "../client/fake-service.ts";
import { type AnyClient, CLIENTS, optionsFor } from "./connect.ts";

/** Tools by their groups: prompts look at nothing but the names. */
const named = (names: readonly string[]) => names.map((name) => ({ name })) as unknown as Tool[];
const inGroups = (...groups: string[]) =>
  named(TARGET.filter(({ group }) => groups.includes(group)).flatMap(({ tools }) => tools.map(([name]) => name)));

/** The tools that a prompt's text names as its steps, in order. */
const stepsOf = (text: string) => [...text.matchAll(/^(\d+)\. ([a-z_]+): /gm)].map(([, , tool]) => tool);

describe.each(CLIENTS)("prompts under %s", (_, connect) => {
  const connected = (tools: Tool[] = named(TARGET_NAMES)) => connect({ ...optionsFor(new FakeService()), tools });
  const textOf = async (client: AnyClient, name: string, args: Record<string, string>) => {
    const { messages } = await client.getPrompt({ name, arguments: args });
    expect(messages).toEqual([{ role: "user", content: { type: "text", text: expect.any(String) } }]);
    return (messages[0]!.content as { text: string }).text;
  };

  it("are listed with a title, a description, and arguments that are described", async () => {
    const { prompts } = await (await connected()).listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["narrate_document", "audition_voices", "make_audiobook"]);
    for (const prompt of prompts) {
      expect(prompt).toMatchObject({ title: expect.any(String), description: expect.stringMatching(/^[A-Z].*\.$/) });
      expect(prompt.arguments!.filter(({ required }) => required)).toHaveLength(1);
      for (const { description } of prompt.arguments!) expect(description!.length).toBeGreaterThan(20);
    }
  });

  it.each([
    [
      "narrate_document",
      { document: "Once upon a time." },
      ["search_voices", "estimate_cost", "generate_speech", "get_job_status", "get_audio_link"],
    ],
    ["audition_voices", { text: "Once upon a time." }, ["search_voices", "generate_speech", "get_job_status"]],
    [
      "make_audiobook",
      { source: "Once upon a time.", listeners: "25" },
      [
        ...["search_voices", "estimate_cost", "generate_speech", "get_job_status", "manage_collection"],
        ...["create_share", "create_access_codes", "get_qr_code"],
      ],
    ],
  ])("name the tools in order: %s", async (name, args, tools) => {
    const text = await textOf(await connected(), name, args as Record<string, string>);
    expect(stepsOf(text)).toEqual(tools);
    expect(text).toContain("Once upon a time.");
  });

  it("carry what the person filled in, and take empty fields for unset ones", async () => {
    const client = await connected();
    const text = await textOf(client, "narrate_document", { document: "Hi.", voice: "british male", file_name: "a b" });
    expect(text).toContain('"british male"');
    expect(text).toContain('save_to "a b"');
    const plain = await textOf(client, "narrate_document", { document: "Hi." });
    expect(await textOf(client, "narrate_document", { document: "Hi.", voice: "", file_name: " " })).toBe(plain);
    expect(await textOf(client, "audition_voices", { text: "Hi.", count: "5" })).toContain("find 5 available voices");
  });

  it("ask before anyone can listen, and make codes only for listeners", async () => {
    const client = await connected();
    const open = await textOf(client, "make_audiobook", { source: "Hi." });
    expect(stepsOf(open)).not.toContain("create_access_codes");
    expect(open).toContain('access "public"; ask the person first');
    expect(await textOf(client, "make_audiobook", { source: "Hi.", listeners: "25" })).toContain('access "code"');
  });

  it("are there only when their tools are, and leave out the steps they can do without", async () => {
    const namesWith = async (tools: Tool[]) =>
      (await (await connected(tools)).listPrompts()).prompts.map(({ name }) => name);
    expect(await namesWith(inGroups("generation"))).toEqual(["narrate_document", "audition_voices"]);
    expect(await namesWith(inGroups("generation", "shares"))).not.toContain("make_audiobook");
    expect(await namesWith(inGroups("generation", "shares", "access-codes"))).toContain("make_audiobook");
    expect(await namesWith(inGroups("storage", "account"))).toEqual([]);
    const text = await textOf(await connected(inGroups("generation")), "narrate_document", { document: "Hi." });
    expect(stepsOf(text)).toEqual(["search_voices", "generate_speech", "get_job_status", "get_audio_link"]);
    await expect((await connected(inGroups("generation"))).getPrompt({ name: "make_audiobook" })).rejects.toThrow();
  });

  it.each([
    ["narrate_documnet", {}, /Unknown prompt.*did you mean narrate_document\?/],
    ["narrate_document", {}, /needs "document"/],
    ["narrate_document", { document: " " }, /needs "document"/],
    ["narrate_document", { document: "Hi.", voices: "x" }, /takes no "voices"; did you mean voice\?/],
  ])("refuse %s with %j, and say what would work", async (name, args, reason) => {
    const asked = (await connected()).getPrompt({ name, arguments: args as Record<string, string> });
    await expect(asked).rejects.toMatchObject({ code: -32602, message: expect.stringMatching(reason) });
  });

  it("complete voices", async () => {
    const ref = { type: "ref/prompt", name: "narrate_document" } as const;
    const client = await connected();
    const voices = await client.complete({ ref, argument: { name: "voice", value: "rms" } });
    expect(voices.completion.values).toEqual([VOICE.voice_id]);
    const none = await client.complete({ ref, argument: { name: "document", value: "rms" } });
    expect(none.completion.values).toEqual([]);
  });
});

describe("the prompts", () => {
  it("name only tools that there are", () => {
    for (const prompt of PROMPTS) {
      const all = Object.fromEntries(prompt.arguments.map(({ name }) => [name, "1"]));
      for (const { tool } of prompt.steps(all)) expect(TARGET_NAMES).toContain(tool);
    }
  });
});
