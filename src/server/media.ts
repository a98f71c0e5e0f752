import contentDisposition from "content-disposition";
import type { Context, Hono } from "hono";
import parseRange from "range-parser";
import { AppError } from "../errors.ts";
import type { AudioFile, AudioFiles } from "../service/audio-files.ts";
import type { StreamService } from "../service/streams.ts";

export interface MediaParts {
  audioFiles: AudioFiles;
  streams: StreamService;
}

/** On every answer with audio: no sniffing, no referrer with a signature in it, nothing in shared caches. */
const SAFE_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; media-src 'self'",
} as const;

/** The routes that need no API key, because the URL itself is the permission: signed audio and one-use streams. */
export function mountMedia(app: Hono, { audioFiles, streams }: MediaParts): void {
  // Hono answers HEAD by running the GET handler: both look at the method themselves.
  app.get("/audio/:file", async (c) => {
    const jobId = c.req.param("file").replace(/\.\w+$/, "");
    const file = await audioFiles.open(jobId, {
      expires: c.req.query("expires") ?? "",
      key: c.req.query("key") ?? "",
      signature: c.req.query("signature") ?? "",
    });
    return sendFile(c, file, "inline");
  });
  app.get("/stream/:token", async (c) => {
    if (c.req.method !== "GET" || isPrefetch(c)) {
      throw new AppError("INVALID_INPUT", "A stream can only be played once, with GET.", {
        hint: "open the stream_url in the player itself",
      });
    }
    const stream = await streams.open(c.req.param("token"), c.req.raw.signal);
    return new Response(stream.body, {
      headers: { ...SAFE_HEADERS, "Content-Type": stream.contentType, "Cache-Control": "no-store" },
    });
  });
}

const isPrefetch = (c: Context) =>
  /prefetch|prerender/.test(c.req.header("sec-purpose") ?? c.req.header("purpose") ?? "");

/** A file, or the part of it that was asked for; the headers alone for HEAD. */
export async function sendFile(c: Context, file: AudioFile, disposition: "inline" | "attachment"): Promise<Response> {
  const headers: Record<string, string> = {
    ...SAFE_HEADERS,
    "Content-Type": file.contentType,
    "Content-Disposition": contentDisposition(file.fileName, { type: disposition }),
    "Accept-Ranges": "bytes",
    "Cache-Control": file.mayChange ? "private, no-cache" : "private, max-age=86400",
    ETag: file.etag,
  };
  if (isKnown(c, file.etag)) return new Response(null, { status: 304, headers });
  const range = rangeOf(c, file.bytes, file.etag);
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { ...headers, "Content-Range": `bytes */${file.bytes}` } });
  }
  headers["Content-Length"] = String(range ? range.end - range.start + 1 : file.bytes);
  if (range) headers["Content-Range"] = `bytes ${range.start}-${range.end}/${file.bytes}`;
  const body = c.req.method === "HEAD" ? null : await file.read(range);
  return new Response(body, { status: range ? 206 : 200, headers });
}

/** Whether the caller has this version (RFC 9110, If-None-Match): proxies that compress make our tags weak ones. */
function isKnown(c: Context, etag: string): boolean {
  const tags = (c.req.header("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** The one range asked for (RFC 9110); several ranges, other units and a stale If-Range mean the whole file. */
function rangeOf(
  c: Context,
  bytes: number,
  etag: string,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const header = c.req.header("range");
  const ifRange = c.req.header("if-range");
  if (!header || (ifRange && ifRange !== etag)) return undefined;
  const ranges = parseRange(bytes, header);
  if (ranges === -1) return "unsatisfiable";
  if (ranges === -2 || ranges.type !== "bytes" || ranges.length !== 1) return undefined;
  return ranges[0];
}
