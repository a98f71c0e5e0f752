import { randomUUID } from "node:crypto";
import { createAccessCodes } from "../../src/contract/access-codes.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import { createShare, getShare } from "../../src/contract/shares.ts";
import type { JobRow } from "../../src/service/job-row.ts";
import type { TestBackend } from "./backends.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;

export const share = async (service: TestBackend, input: InputOf<typeof createShare>) =>
  (await service.client.call(createShare, input)).data;

export const shareNow = async ({ client }: TestBackend, share_id: string) =>
  (await client.call(getShare, { share_id })).data;

export const makeCodes = async (service: TestBackend, share_id: string, more: object = {}) =>
  (await service.client.call(createAccessCodes, { share_id, ...more })).data.codes;

/** A share that asks for a code, with one code. */
export async function shareWithCode(service: TestBackend, job_ids: string[], code: object = {}) {
  const made = await share(service, { job_ids, access: "code" });
  const [first] = await makeCodes(service, made.share_id, code);
  return { ...made, ...first! };
}

/** Rows like that of a finished job, with other ids and whatever else the test wants; they have no files. */
export async function copyJob(
  { backend: { store } }: TestBackend,
  jobId: string,
  count: number,
  more: Partial<JobRow> = {},
): Promise<string[]> {
  const row = await store.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirstOrThrow();
  const copies = Array.from({ length: count }, () => {
    const job_id = randomUUID();
    return { ...row, job_id, blob_name: `${job_id}-1.wav`, ...more };
  });
  for (const copy of copies) await store.insertInto("jobs").values(copy).execute();
  return copies.map((copy) => copy.job_id);
}

/** Gives a share to the account "other": embedded has no second caller. */
export async function giveAway({ backend: { store } }: TestBackend, share_id: string): Promise<void> {
  await store.updateTable("shares").set({ account_id: "other" }).where("share_id", "=", share_id).execute();
}

const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

export interface OpenedPage {
  status: number;
  headers: Headers;
  html: string;
  /** The text of the page as people read it, without tags. */
  text: string;
  /** Absolute URLs of the players and the download links. */
  audio: string[];
  downloads: string[];
  /** What the players are called for those who don't see them. */
  labels: string[];
}

/** One person's browser: it has an address of its own and keeps the share's cookie. */
export class Visitor {
  readonly url: string;
  /** As a trusted proxy would say it. */
  readonly address: string | undefined;
  cookie: string | undefined;

  constructor(url: string, address?: string) {
    this.url = url;
    this.address = address;
  }

  async open(init: RequestInit = {}): Promise<OpenedPage> {
    return readPage(await this.fetch(this.url, init));
  }

  /** Sends the form; a redirect is not followed. */
  async enter(code: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.fetch(this.url, { method: "POST", body: new URLSearchParams({ code }), ...init });
    this.cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    return response;
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.address) headers.set("x-forwarded-for", this.address);
    if (this.cookie) headers.set("cookie", this.cookie);
    return fetch(url, { redirect: "manual", ...init, headers });
  }
}

/** A page with what is on it. */
export async function readPage(response: Response): Promise<OpenedPage> {
  const html = await response.text();
  const all = (pattern: RegExp) =>
    [...html.matchAll(pattern)].map(([, path]) => new URL(unescaped(path!), response.url).href);
  return {
    status: response.status,
    headers: response.headers,
    html,
    text: unescaped(html.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ")),
    audio: all(/<audio\b[^>]*? src="([^"]*)"/g),
    downloads: all(/<a\b[^>]*? href="([^"]*)"[^>]* download\b/g),
    labels: [...html.matchAll(/<audio\b[^>]*? aria-label="([^"]*)"/g)].map(([, label]) => unescaped(label!)),
  };
}

export const openPage = (url: string, init: RequestInit = {}) => new Visitor(url).open(init);
