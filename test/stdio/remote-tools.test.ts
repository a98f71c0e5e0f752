import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type Home, newHome, type Program, startProgram } from "../support/program.ts";
import { runProgram, startServeProgram } from "../support/serve-program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const root = temporaryFolder();

/** The program as one uses it alone, and with a server of one's own behind it. */
const WAYS: [string, (home: Home) => Promise<Record<string, string>>][] = [
  ["embedded", async () => ({})],
  [
    "remote",
    async () => {
      const far = newHome(root);
      const args = ["keys", "create", "--name", "all", "--scopes", "all", "--json"];
      const { key } = JSON.parse((await runProgram(far, args)).stdout);
      return { AITTSM_API_KEY: key, AITTSM_BASE_URL: (await startServeProgram(far)).url };
    },
  ],
];

/** The names of the fields of an answer, whatever is in them; of a list, those of its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inside]) => [name, shapeOf(inside)]));
}

/** Calls every tool at least once, with files saved and a stream played; gives the shape of each answer. */
async function callAll(program: Program, { outputDir }: Home) {
  const shapes: Record<string, unknown[]> = {};
  const ok = async (tool: string, args: object = {}) => {
    const answer = await program.ok(tool, args as Record<string, unknown>);
    shapes[tool] = [...(shapes[tool] ?? []), shapeOf(answer)];
    return answer;
  };
  const fileOf = (answer: { file_path: string }) => {
    expect(answer.file_path.startsWith(outputDir)).toBe(true);
    return readFileSync(answer.file_path);
  };

  expect((await ok("search_voices", { query: "scottish" })).voices).toHaveLength(1);
  expect((await ok("estimate_cost", { chars: 100 })).chars).toBe(100);
  const job = await ok("generate_speech", {
    text: "One of two.",
    output_format: "mp3",
    save_to: "one.mp3",
    title: "One",
  });
  expect(fileOf(job).length).toBe(job.bytes);
  const { job_id } = job;
  const stream = await ok("generate_speech", { text: "Two of two.", delivery_mode: "stream", output_format: "wav" });
  const played = Buffer.from(await (await fetch(stream.stream_url)).arrayBuffer());
  expect((await decode(played, "audio/wav")).seconds).toBeGreaterThan(0.5);
  expect((await fetch(stream.stream_url)).status).toBe(410);
  expect((await ok("get_job_status", { job_id: stream.job_id, wait_seconds: 20 })).status).toBe("completed");
  const link = await ok("get_audio_link", { job_id: stream.job_id, save_to: "two.wav" });
  expect(fileOf(link).equals(played)).toBe(true);
  expect((await ok("get_job_text", { job_id })).text).toBe("One of two.");
  await ok("update_job_metadata", { job_id, title: "First", metadata: { order: "17" } });
  expect((await ok("list_jobs", { query: "first" })).total).toBe(1);

  await ok("create_tag", { tag: "sea", color: "#0000ff" });
  await ok("tag_jobs", { job_ids: [job_id], add: ["sea"] });
  expect((await ok("list_tags")).tags).toMatchObject([{ tag: "sea", job_count: 1 }]);
  await ok("toggle_bookmark", { job_id, bookmarked: true });
  expect((await ok("list_bookmarks")).total).toBe(1);
  await ok("manage_collection", { action: "create", name: "Both", job_ids: [job_id, stream.job_id] });
  expect((await ok("list_collections")).collections).toMatchObject([{ name: "Both", job_count: 2 }]);

  const { share_id, share_url } = await ok("create_share", { job_ids: [job_id, stream.job_id], access: "code" });
  expect((await fetch(share_url)).status).toBe(200);
  await ok("update_share", { share_id, title: "Shared" });
  await ok("update_track_order", { share_id, job_ids: [stream.job_id, job_id] });
  await ok("toggle_share_permanent", { share_id, permanent: true });
  expect((await ok("get_share", { share_id })).tracks).toHaveLength(2);
  expect((await ok("list_shares")).total).toBe(1);
  const [one, two] = (await ok("create_access_codes", { share_id, count: 2 })).codes;
  await ok("update_access_code", { share_id, code_id: one.code_id, label: "Ann" });
  await ok("delete_access_code", { share_id, code_id: two.code_id, confirm: true });
  expect((await ok("list_access_codes", { share_id })).total).toBe(1);
  expect(fileOf(await ok("export_access_codes", { share_id, save_to: "codes.csv" })).toString()).toContain(one.code);
  const qr = await ok("get_qr_code", { share_id, code_id: one.code_id, format: "svg", save_to: "qr.svg" });
  expect([qr.url, fileOf(qr).toString().slice(0, 4)]).toEqual([`${share_url}#code=${one.code}`, "<svg"]);
  await ok("revoke_share", { share_id, confirm: true });
  expect((await fetch(share_url)).status).toBe(410);
  const second = await ok("create_share", { job_ids: [job_id] });
  expect(await ok("bulk_revoke_shares", { share_ids: [second.share_id], confirm: true })).toMatchObject({
    revoked: [second.share_id],
  });

  expect(await ok("get_storage_usage")).toMatchObject({ files: 2 });
  expect(await ok("delete_job_audio", { job_id, confirm: true })).toMatchObject({ deleted: true });
  expect(await ok("bulk_delete_audio", { job_ids: [stream.job_id], confirm: true })).toMatchObject({ deleted: 1 });
  await ok("delete_tag", { tag: "sea", confirm: true });
  expect(await ok("get_usage")).toMatchObject({ jobs: 2 });
  return shapes;
}

/** What only a server in this process can tell: where its own file is. And its links say that they open here only. */
const HERE_ONLY = new Set(["file_path", "warnings"]);
const withoutHereOnly = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? value
    : Array.isArray(value)
      ? value.map(withoutHereOnly)
      : Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => !HERE_ONLY.has(name))
            .map(([name, inside]) => [name, withoutHereOnly(inside)]),
        );

describe("all tools", { timeout: 240_000 }, () => {
  it("do with a server behind them what they do alone, and answer in the same form", async () => {
    const shapes: Record<string, Record<string, unknown[]>> = {};
    for (const [way, prepare] of WAYS) {
      const home = newHome(root);
      shapes[way] = await callAll(await startProgram(home, { env: await prepare(home) }), home);
      expect(Object.keys(shapes[way]).sort()).toEqual([...TOOL_NAMES].sort());
    }
    expect(withoutHereOnly(shapes.remote)).toEqual(withoutHereOnly(shapes.embedded));
  });
});
