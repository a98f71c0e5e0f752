import * as z from "zod";
import { getQrCode } from "../../src/contract/access-codes.ts";
import { warningLines } from "../job-answer.ts";
import { planFile } from "../save-file.ts";
import { defineTool, SaveTo } from "../tool.ts";

const EXTENSIONS = { png: ".png", svg: ".svg", terminal: ".txt" } as const;

export default defineTool({
  name: "get_qr_code",
  title: "Get a QR code",
  group: "access-codes",
  scopes: ["shares:read"],
  effect: "write",
  idempotent: true,
  description:
    "Draw a share's link as a QR code: png, svg, or text for a terminal. With code_id the code is in the link, so who " +
    "scans it need not type. save_to makes a file.",
  input: getQrCode.input.extend({
    save_to: SaveTo,
    include: z
      .array(z.enum(["image"]))
      .max(1)
      .optional(),
  }),
  output: getQrCode.output.extend({ data: getQrCode.output.shape.data.optional(), file_path: z.string().optional() }),
  run: async ({ save_to, include, ...input }, context) => {
    const { format } = input;
    const rule = { extensions: [EXTENSIONS[format]], what: `the QR code is ${format}`, change: "change format" };
    const path = await planFile(save_to, context, rule);
    const { data: drawn } = await context.client.call(getQrCode, input, { signal: context.signal });
    const bytes = Buffer.from(drawn.data, format === "png" ? "base64" : "utf8");
    const warnings = [...(drawn.warnings ?? [])];
    if (include?.length && format !== "png") warnings.push('only a png can be included; send format "png"');
    if (path !== undefined) await context.client.saveFile(bytes, path);
    const shown = path === undefined ? drawn : { url: drawn.url, format };
    const lines = [
      `QR code (${format}) of ${drawn.url}`,
      path !== undefined && `File: ${path}`,
      path === undefined && format !== "png" && drawn.data,
      path === undefined && format === "png" && "The image is in data (base64).",
      ...warningLines(warnings),
    ];
    return {
      data: { ...shown, ...(path !== undefined && { file_path: path }), ...(warnings.length > 0 && { warnings }) },
      text: lines.filter((line) => typeof line === "string").join("\n"),
      attachments: include?.length && format === "png" ? [{ type: "image", data: bytes, mimeType: "image/png" }] : [],
    };
  },
});
