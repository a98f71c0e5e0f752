import path from "node:path";
import { listTools } from "../../src/mcp/tool-list.ts";
import { tools } from "../../tools/index.ts";
import type { Tool } from "../../tools/tool.ts";

/** What is made from the tools and committed: `npm run docs` writes it, and a test fails when it is stale. */
const root = path.resolve(import.meta.dirname, "../..");
export const README = path.join(root, "README.md");
export const SNAPSHOT = path.join(root, "test/fixtures/tools.json");

const BEGIN = "<!-- tools: made by `npm run docs` -->";
const END = "<!-- /tools -->";

/** Every tool as tools/list shows it, so that a change of the public surface is a visible diff. */
export const snapshot = () => `${JSON.stringify(listTools(tools), null, 2)}\n`;

const EFFECTS = { read: "reads", write: "writes", destroy: "destroys" } as const;

/** The first sentence, as a table's cell takes it. */
function inShort({ description }: Tool): string {
  const [sentence] = /^.*?(?=[.;](\s|$))/s.exec(description) ?? [description];
  return sentence.replaceAll("|", "\\|");
}

/** The README's table, as Markdown. */
export function toolTable(): string {
  const rows = tools.map((tool, i) => {
    const group = tools[i - 1]?.group === tool.group ? "" : `\`${tool.group}\``;
    return `| ${group} | \`${tool.name}\` | ${inShort(tool)} | ${EFFECTS[tool.effect]} |`;
  });
  return ["| group | tool | what it does | effect |", "|---|---|---|---|", ...rows].join("\n");
}

/** The README with its table made anew. @throws Error when it has lost the markers. */
export function withTable(readme: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has lost its markers ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${toolTable()}\n\n${readme.slice(end)}`;
}
