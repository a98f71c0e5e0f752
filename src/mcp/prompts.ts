import { ProtocolError, ProtocolErrorCode, type Server } from "@modelcontextprotocol/server";
import type { Tool } from "../../tools/tool.ts";
import { nearestName } from "../contract/wire.ts";
import { PROMPTS, type PromptText } from "./prompt-texts.ts";

type Args = Record<string, string | undefined>;

/** Answers the prompt requests of a connection. Prompts whose tools are kept out (AITTSM_TOOLSETS) are not there. */
export function servePrompts(server: Server, tools: readonly Pick<Tool, "name">[]): void {
  const names = new Set(tools.map((tool) => tool.name));
  // Every argument given, so that every step there can be is looked at.
  const possible = PROMPTS.filter((prompt) =>
    prompt
      .steps(Object.fromEntries(prompt.arguments.map(({ name }) => [name, "1"])))
      .every(({ tool, optional }) => optional || names.has(tool)),
  );
  server.setRequestHandler("prompts/list", () => ({
    prompts: possible.map(({ name, title, description, arguments: args }) => ({
      name,
      title,
      description,
      arguments: args.map((argument) => ({ ...argument })),
    })),
  }));
  server.setRequestHandler("prompts/get", ({ params }) => {
    const prompt = possible.find(({ name }) => name === params.name);
    if (!prompt) {
      throw invalid(
        `Unknown prompt "${params.name.slice(0, 100)}"`,
        params.name,
        possible.map(({ name }) => name),
      );
    }
    const text = promptText(prompt, readArguments(prompt, params.arguments ?? {}), names);
    return { description: prompt.description, messages: [{ role: "user", content: { type: "text", text } }] };
  });
}

/** An empty argument is an absent one: clients send the fields of a form. */
function readArguments(prompt: PromptText, given: Record<string, string>): Args {
  const known = prompt.arguments.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${prompt.name} takes no "${unknown.slice(0, 100)}"`, unknown, known);
  const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== ""));
  const missing = prompt.arguments.find(({ name, required }) => required && args[name] === undefined);
  if (missing) {
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `${prompt.name} needs "${missing.name}": ${missing.description}`,
    );
  }
  return args;
}

function invalid(message: string, name: string, known: readonly string[]): ProtocolError {
  const near = nearestName(name, known);
  const way = near ? `did you mean ${near}?` : `there are ${known.join(", ")}.`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `${message}; ${way}`);
}

function promptText(prompt: PromptText, args: Args, names: ReadonlySet<string>): string {
  const steps = prompt.steps(args).filter(({ tool }) => names.has(tool));
  const numbered = steps.map(({ tool, say }, i) => `${i + 1}. ${tool}: ${say}`);
  return `${prompt.task(args)}\n\nCall these tools, in this order:\n${numbered.join("\n")}\n\n${prompt.end}`;
}
