import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/folders.ts";
import { FakeService, ok } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
let outputDir: string;
beforeEach(() => {
  service = new FakeService();
  outputDir = path.join(temporaryFolder(), "out");
});
const answers = (data: Data) => service.scripted.push(() => ok(data));
const call = (name: string, args: Data, config: Data = { outputDir }) =>
  callTool(service, name, { share_id: "s1", ...args }, { config });
const queries = () => service.seen.map(({ path, query }) => [path.replace("/api/v1", ""), Object.fromEntries(query)]);
const CSV = 'code,label\r\n23456-ABCDE,"ü"\r\n';

describe("export_access_codes", () => {
  it("gives the codes as data, and in the text", async () => {
    answers({ format: "csv", count: 1, data: CSV });
    const { data, text } = await call("export_access_codes", {});
    expect(queries()).toEqual([["/shares/s1/access-codes/export", { format: "csv" }]]);
    expect(data).toEqual({ format: "csv", count: 1, data: CSV });
    expect(text).toBe(`1 code as csv:\n${CSV}`);
  });

  it("writes them to a file, byte for byte, and then shows none of them", async () => {
    answers({ format: "csv", count: 1, data: CSV });
    const { data, text } = await call("export_access_codes", { save_to: "guests/codes" });
    const file = path.join(outputDir, "guests", "codes.csv");
    expect(data).toEqual({ format: "csv", count: 1, file_path: file });
    expect(text).toBe(`1 code as csv.\nFile: ${file}`);
    expect(readFileSync(file, "utf8")).toBe(CSV);
    expect(queries()).toEqual([["/shares/s1/access-codes/export", { format: "csv" }]]);
  });

  it("never overwrites, and asks for nothing when the name is taken or wrong", async () => {
    mkdirSync(outputDir);
    writeFileSync(path.join(outputDir, "codes.csv"), "mine");
    const refusal = (save_to: string, more: Data = {}) =>
      call("export_access_codes", { save_to, ...more }).catch((error) => error);
    expect(await refusal("codes.csv")).toMatchObject({
      code: "FILE_EXISTS",
      hint: expect.stringContaining("codes-2.csv"),
    });
    expect(await refusal("codes.csv", { format: "json" })).toMatchObject({
      code: "OUTPUT_PATH_REFUSED",
      message: expect.stringContaining("the export is json"),
      hint: expect.stringMatching(/\.json.*change format/),
    });
    expect(await refusal("../codes.csv")).toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(await refusal("codes.exe")).toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(service.seen).toEqual([]);
    expect(readFileSync(path.join(outputDir, "codes.csv"), "utf8")).toBe("mine");
    expect(readdirSync(outputDir)).toEqual(["codes.csv"]);
  });

  it("refuses to answer with more than a client takes, and takes it into a file", async () => {
    const long = { format: "json", count: 999, data: "x".repeat(40_001) };
    answers(long);
    await expect(call("export_access_codes", { format: "json" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("40001"),
      hint: expect.stringContaining('save_to, such as "codes.json"'),
      details: { fields: [{ field: "save_to" }] },
    });
    answers(long);
    const { data } = await call("export_access_codes", { format: "json", save_to: "all.json" });
    expect(readFileSync(data.file_path as string, "utf8")).toBe(long.data);
    answers({ ...long, data: "x".repeat(40_000) });
    expect((await call("export_access_codes", { format: "json" })).data.data).toHaveLength(40_000);
  });

  it("refuses save_to where the caller's machine is another, and asks for nothing", async () => {
    await expect(call("export_access_codes", { save_to: "a.csv" }, {})).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { fields: [{ field: "save_to" }] },
    });
    expect(service.seen).toEqual([]);
  });
});

describe("get_qr_code", () => {
  const PNG = Buffer.from("\x89PNG\r\n\x1a\nnot really", "latin1");
  const url = "http://127.0.0.1:1/s/token#code=23456-ABCDE";
  const png = { url, format: "png", data: PNG.toString("base64") };

  it("gives a png as base64 in the data only, with what it encodes in the text", async () => {
    answers({ ...png, warnings: ["this computer only"] });
    const { data, text, attachments } = await call("get_qr_code", { code_id: "c1", size: "300" });
    expect(queries()).toEqual([["/shares/s1/qr", { format: "png", size: "300", code_id: "c1" }]]);
    expect(data).toEqual({ ...png, warnings: ["this computer only"] });
    expect(text.split("\n")[0]).toBe(`QR code (png) of ${url}`);
    expect(text).toContain("this computer only");
    expect(text).not.toContain(png.data);
    expect(attachments).toEqual([]);
  });

  it("shows a terminal's as text, whole", async () => {
    answers({ url, format: "terminal", data: "█▀\n▄ " });
    const { text, data } = await call("get_qr_code", { format: "terminal" });
    expect(text).toBe(`QR code (terminal) of ${url}\n█▀\n▄ `);
    expect(data.data).toBe("█▀\n▄ ");
  });

  it.each([
    ["png", "a.png", png.data, PNG],
    ["svg", "a", "<svg>ü</svg>", Buffer.from("<svg>ü</svg>")],
    ["terminal", "a.txt", "█", Buffer.from("█")],
  ])("writes %s to a file, and then leaves it out of the answer", async (format, save_to, drawn, bytes) => {
    answers({ url, format, data: drawn });
    const { data, text, attachments } = await call("get_qr_code", { format, save_to });
    const file = path.join(outputDir, path.extname(save_to) ? save_to : `${save_to}.${format}`);
    expect(data).toEqual({ url, format, file_path: file });
    expect(text).toBe(`QR code (${format}) of ${url}\nFile: ${file}`);
    expect(attachments).toEqual([]);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    await expect(call("get_qr_code", { format, save_to })).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(service.seen).toHaveLength(1);
  });

  it("attaches the image when asked for, beside a file too", async () => {
    const image = [{ type: "image", data: PNG, mimeType: "image/png" }];
    answers(png);
    expect((await call("get_qr_code", { include: ["image"] })).attachments).toEqual(image);
    answers(png);
    const both = await call("get_qr_code", { include: "image", save_to: "b.png" });
    expect(both.attachments).toEqual(image);
    expect(existsSync(both.data.file_path as string)).toBe(true);
    expect(service.seen[0]!.query.has("include")).toBe(false);
  });

  it("says that only a png can be attached, and gives the rest", async () => {
    answers({ url, format: "svg", data: "<svg/>" });
    const { attachments, data, text } = await call("get_qr_code", { format: "svg", include: ["image"] });
    expect(attachments).toEqual([]);
    expect(data).toMatchObject({ data: "<svg/>", warnings: [expect.stringContaining('format "png"')] });
    expect(text).toContain('format "png"');
  });
});
