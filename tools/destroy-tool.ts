import * as z from "zod";
import type { Operation, OutputOf } from "../src/contract/operation.ts";
import { defineTool, type Tool, type ToolContext } from "./tool.ts";

/** What every destructive tool takes: without it nothing is changed. */
export const Confirm = z.boolean().optional().describe("without true: a preview, nothing changes");
/** What its answer has besides when it was a preview. */
export const Preview = { preview: z.boolean().optional(), next: z.string().optional() };

/** The members that a preview's answer has, and others have not. */
export const previewOf = (confirm: boolean | undefined) =>
  confirm ? {} : { preview: true, next: "call again with confirm: true" };

/** A preview as a question to the person. */
export const goOn = (preview: string) => `${preview}\nGo on?`;

type Described = Pick<Tool, "name" | "title" | "group" | "description"> & Partial<Pick<Tool, "idempotent">>;

/**
 * A tool that is one operation with `dry_run`, which it sends unless the call is confirmed.
 * @param text says what was done, or (`would`) what would be.
 */
export function destroyTool<Op extends Operation>(
  operation: Op,
  { text, ...tool }: Described & { text: (answer: OutputOf<Op>, would: boolean) => string },
): Tool {
  const { dry_run: _, ...fields } = operation.input.shape;
  const call = async (
    { confirm, ...input }: Record<string, unknown>,
    { client, signal }: ToolContext,
    dry_run: boolean,
  ) => {
    const { data } = await client.call<Operation>(operation, { ...input, dry_run }, { signal });
    return data as OutputOf<Op>;
  };
  return defineTool({
    ...tool,
    effect: "destroy",
    scopes: [operation.scope],
    input: z.object({ ...fields, confirm: Confirm }),
    output: operation.output.extend(Preview),
    asks: async (input, context) => (input.confirm ? goOn(text(await call(input, context, true), true)) : undefined),
    run: async (input, context) => {
      const data = await call(input, context, !input.confirm);
      const preview = previewOf(input.confirm as boolean | undefined);
      const line = text(data, !input.confirm);
      return { data: { ...data, ...preview }, text: preview.next ? `${line}\nNext: ${preview.next}.` : line };
    },
  });
}
