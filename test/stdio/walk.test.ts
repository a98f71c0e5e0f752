import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { SPAWNED_CLIENTS } from "../support/mcp-clients.ts";
import { codeOf, newHome, type ToolAnswer, textOf } from "../support/program.ts";

const TITLES = ["One: the sea", "Two: the <b>storm</b>", "Three: home"];
/** The address of the track's audio in the page. */
const TRACK = /<audio[^>]* src="([^"]+)"/g;
const decodeEntities = (text: string) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');

/** A listener's browser, as far as the pages need one: it follows no redirects by itself and keeps the cookie. */
class Browser {
  cookie: string | undefined;

  async get(url: string, headers: Record<string, string> = {}) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { ...headers, ...(this.cookie && { cookie: this.cookie }) },
    });
    return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  async page(url: string) {
    const { status, headers, bytes } = await this.get(url);
    const html = Buffer.from(bytes).toString();
    const tracks = [...html.matchAll(TRACK)].map(([, src]) => new URL(decodeEntities(src!), url).href);
    return { status, headers, html, tracks };
  }

  /** Sends the form. */
  async enter(url: string, code: string): Promise<number> {
    const response = await fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams({ code }) });
    const [cookie] = (response.headers.get("set-cookie") ?? "").split(";");
    if (cookie) this.cookie = cookie;
    await response.arrayBuffer();
    return response.status;
  }
}

describe.each(SPAWNED_CLIENTS)("a %s", { timeout: 120_000 }, (_name, _protocol, connect) => {
  it("makes tracks, shares them with single-use codes, takes it all back, and every count agrees", async () => {
    const home = newHome(temporaryFolder());
    const client = await connect(home);
    const ask = (name: string, args: Record<string, unknown> = {}) => client.call(name, args);
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    const ok = async (name: string, args: Record<string, unknown> = {}): Promise<any> => {
      const answer: ToolAnswer = await ask(name, args);
      expect(answer.isError, textOf(answer)).toBeFalsy();
      return answer.structuredContent;
    };

    // Three tracks, with titles and tags, in a collection, one bookmarked.
    const jobs: { job_id: string; bytes: number; duration_seconds: number }[] = [];
    for (const title of TITLES) {
      const job = await ok("generate_speech", { text: `This is ${title}.`, title: "?", output_format: "mp3" });
      expect(job.status).toBe("completed");
      await ok("update_job_metadata", { job_id: job.job_id, title });
      jobs.push(job);
    }
    const ids = jobs.map((job) => job.job_id);
    const [one, two, three] = ids as [string, string, string];
    const bytes = jobs.reduce((sum, job) => sum + job.bytes, 0);
    await ok("tag_jobs", { job_ids: ids, add: ["audiobook", "sea"] });
    await ok("tag_jobs", { job_ids: [three], remove: ["sea"] });
    const { collection } = await ok("manage_collection", { action: "create", name: "A voyage", job_ids: ids });
    await ok("toggle_bookmark", { job_id: two, bookmarked: true });
    expect((await ok("list_tags")).tags).toEqual([
      { tag: "audiobook", job_count: 3 },
      { tag: "sea", job_count: 2 },
    ]);
    expect((await ok("list_jobs", { collection_id: collection.collection_id, query: "storm" })).jobs).toHaveLength(1);
    expect(await ok("get_storage_usage")).toEqual({ bytes_used: bytes, files: 3 });

    // A share by code, with 25 single-use codes; in another order; permanent.
    const share = await ok("create_share", { job_ids: ids, title: "A voyage", access: "code" });
    const { share_id, share_url } = share;
    expect(share).toMatchObject({ permanent: false, access: "code", plays: 0, code_count: 0 });
    const { codes } = await ok("create_access_codes", { share_id, count: 25, label: "reader", max_uses: 1 });
    expect(new Set(codes.map(({ code }: { code: string }) => code)).size).toBe(25);
    const reordered = await ok("update_track_order", { share_id, job_ids: [three, one, two] });
    expect(reordered.tracks.map((track: { job_id: string }) => track.job_id)).toEqual([three, one, two]);
    expect(await ok("toggle_share_permanent", { share_id, permanent: true })).toEqual({ share_id, permanent: true });

    // A QR code with a code in it, for the printer and for the terminal; the list of codes as a file.
    const code_id = codes[1].code_id;
    const qr = await ok("get_qr_code", { share_id, code_id, save_to: "voyage.png" });
    expect(qr.url).toBe(`${share_url}#code=${codes[1].code}`);
    expect(readFileSync(qr.file_path).subarray(1, 4).toString()).toBe("PNG");
    expect((await ok("get_qr_code", { share_id, format: "terminal" })).data).toMatch(/█▀▀▀▀▀█ .* █▀▀▀▀▀█/);
    const exported = await ok("export_access_codes", { share_id, save_to: "codes.csv" });
    expect(readFileSync(exported.file_path, "utf8").split("\r\n")).toHaveLength(1 + 25 + 1);

    // Two listeners. The page asks for a code; looking at it uses none; a code works once.
    const [ann, bob] = [new Browser(), new Browser()];
    const closed = await ann.page(share_url);
    expect(closed.html).toContain('name="code"');
    expect(closed.html).not.toContain("<audio");
    expect(await ann.enter(share_url, "22222-22222")).toBe(400);
    expect(await ann.enter(share_url, codes[0].code.toLowerCase().replace("-", " "))).toBe(303);
    expect(await bob.enter(share_url, codes[0].code)).toBe(400);
    const open = await ann.page(share_url);
    expect(open.html).toContain("Two: the &lt;b&gt;storm&lt;/b&gt;");
    expect(open.tracks).toHaveLength(3);
    const heard = await ann.get(open.tracks[2]!);
    expect((await decode(heard.bytes, "audio/mpeg")).seconds).toBeCloseTo(jobs[1]!.duration_seconds, 1);
    expect((await ann.get(open.tracks[0]!, { range: "bytes=100-199" })).bytes).toHaveLength(100);
    expect((await ann.page(share_url)).tracks).toHaveLength(3);
    expect(await bob.enter(share_url, codes[1].code)).toBe(303);

    // What the owner sees of that.
    expect(await ok("get_share", { share_id })).toMatchObject({ plays: 1, code_count: 25, permanent: true });
    expect((await ok("list_access_codes", { share_id, state: "used_up" })).total).toBe(2);
    expect((await ok("list_access_codes", { share_id, state: "active" })).total).toBe(23);

    // The end: nothing without confirm; then the links are dead, the storage is free, and the rest is as it was.
    expect(await ok("revoke_share", { share_id })).toMatchObject({ preview: true, revoked: false });
    expect((await ann.page(share_url)).status).toBe(200);
    expect(await ok("revoke_share", { share_id, confirm: true })).toMatchObject({ revoked: true });
    expect((await ann.page(share_url)).status).toBe(410);
    expect((await ann.get(open.tracks[2]!)).status).toBe(410);
    expect(codeOf(await ask("update_share", { share_id, title: "Again" }))).toBe("SHARE_EXPIRED");

    const filter = { collection_id: collection.collection_id };
    expect(await ok("bulk_delete_audio", filter)).toMatchObject({ preview: true, deleted: 3, bytes_freed: bytes });
    expect(await ok("bulk_delete_audio", { ...filter, confirm: true })).toMatchObject({
      deleted: 3,
      bytes_freed: bytes,
      shares_affected: [share_id],
      skipped: [],
    });
    expect(await ok("get_storage_usage")).toEqual({ bytes_used: 0, files: 0 });
    expect(await ok("get_share", { share_id })).toMatchObject({ state: "revoked", tracks: [], plays: 1 });
    expect((await ok("list_shares")).total).toBe(0);
    expect((await ok("list_shares", { state: "all" })).shares).toMatchObject([{ share_id, track_count: 0 }]);
    const listed = await ok("list_jobs", { tag: "audiobook" });
    expect(listed.total).toBe(3);
    expect(listed.jobs.every((job: { audio_deleted: boolean }) => job.audio_deleted)).toBe(true);
    expect((await ok("list_collections")).collections).toMatchObject([{ name: "A voyage", job_count: 3 }]);
    expect((await ok("list_bookmarks")).jobs).toMatchObject([{ job_id: two, title: TITLES[1] }]);
    expect(await ok("get_usage")).toMatchObject({ jobs: 3, unlimited: true });
    await client.end();
  });
});
