import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "./certificate.ts";

/** How a file is served. */
export interface Served {
  body?: Buffer | string;
  /** The connection breaks after so many bytes of the body, this many times. */
  breakAfter?: number;
  breaks?: number;
  /** After so many bytes nothing more comes. */
  stallAfter?: number;
  etag?: string;
  lastModified?: string;
  ignoresRange?: boolean;
  /** Of an unknown length. */
  chunked?: boolean;
  redirect?: string;
  status?: number;
}

export interface SeenRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** What was sent of the body. */
  sent: number;
}

/** A server on this machine with files that a test may change. */
export interface ModelServer {
  url: string;
  files: Record<string, Served>;
  requests: SeenRequest[];
  /** Set by who downloads, to how far it is: a connection breaks once its bytes have arrived (at the latest after 2 s). */
  received?: number;
  /** Requests for one file. */
  of(name: string): SeenRequest[];
  close(): Promise<void>;
}

export async function startModelServer(files: Record<string, Served> = {}, { tls = false } = {}): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const seen = { path: request.url!, headers: request.headers, sent: 0 };
    requests.push(seen);
    answer(state, state.files[request.url!.slice(1)], seen, response);
  };
  const server = tls
    ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: ModelServer = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    requests,
    of: (name) => requests.filter(({ path }) => path === `/${name}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}

function answer(server: ModelServer, file: Served | undefined, seen: SeenRequest, response: ServerResponse): void {
  if (!file || file.status) return void response.writeHead(file?.status ?? 404).end();
  if (file.redirect) return void response.writeHead(302, { location: file.redirect }).end();
  const body = Buffer.from(file.body as string);
  const { range, "if-range": ifRange } = seen.headers;
  const first = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const fits = !file.ignoresRange && range && (!ifRange || [file.etag, file.lastModified].includes(String(ifRange)));
  if (fits && first >= body.length) {
    return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
  }
  const rest = fits ? body.subarray(first) : body;
  response.writeHead(fits ? 206 : 200, {
    ...(!file.chunked && { "content-length": rest.length }),
    ...(file.etag && { etag: file.etag }),
    ...(file.lastModified && { "last-modified": file.lastModified }),
    ...(fits && { "content-range": `bytes ${first}-${body.length - 1}/${body.length}` }),
  });
  const breaks = file.breakAfter !== undefined && (file.breaks ?? 1) > 0;
  const until = breaks ? file.breakAfter : file.stallAfter;
  const sent = rest.subarray(0, until);
  seen.sent = sent.length;
  if (until === undefined || until >= rest.length) return void response.end(rest);
  response.write(sent, () => {
    if (!breaks) return;
    file.breaks = (file.breaks ?? 1) - 1;
    const deadline = Date.now() + 2_000;
    const poll = setInterval(() => {
      if ((server.received ?? 0) < (fits ? first : 0) + sent.length && Date.now() < deadline) return;
      clearInterval(poll);
      response.destroy();
    }, 5);
  });
  if (sent.length === 0) response.flushHeaders();
}
