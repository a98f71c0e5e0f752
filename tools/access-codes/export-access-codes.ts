import * as z from "zod";
import { exportAccessCodes } from "../../src/contract/access-codes.ts";
import { invalidField } from "../../src/errors.ts";
import { count } from "../job-lines.ts";
import { planFile } from "../save-file.ts";
import { defineTool, SaveTo } from "../tool.ts";

/** More would fill a client's result; a file takes any number. */
const MAX_INLINE_CHARS = 40_000;

const { data, ...fields } = exportAccessCodes.output.shape;

export default defineTool({
  name: "export_access_codes",
  title: "Export access codes",
  group: "access-codes",
  scopes: ["shares:write"],
  effect: "write",
  description: "Give every access code of a share with its link, as CSV or JSON: as data, or with save_to as a file.",
  input: exportAccessCodes.input.extend({ save_to: SaveTo }),
  output: z.object({ ...fields, data: data.optional(), file_path: z.string().optional() }),
  asks: ({ share_id }) => `Show every access code of share ${share_id}?`,
  run: async ({ save_to, ...input }, context) => {
    const { format } = input;
    const rule = { extensions: [`.${format}`], what: `the export is ${format}`, change: "change format" };
    const path = await planFile(save_to, context, rule);
    const { data: exported } = await context.client.call(exportAccessCodes, input, { signal: context.signal });
    const head = `${count(exported.count, "code")} as ${format}`;
    if (path !== undefined) {
      await context.client.saveFile(Buffer.from(exported.data), path, { secret: true });
      // The codes are in the file: a model need not read them.
      return { data: { format, count: exported.count, file_path: path }, text: `${head}.\nFile: ${path}` };
    }
    if (exported.data.length > MAX_INLINE_CHARS) {
      const message = `The export has ${exported.data.length} characters, too many for an answer.`;
      throw invalidField("save_to", message, `send save_to, such as "codes.${format}"`);
    }
    return { data: exported, text: `${head}:\n${exported.data}` };
  },
});
