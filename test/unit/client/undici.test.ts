import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/client.ts";
import { undiciTransport } from "../../../src/client/undici.ts";
import { listVoices } from "../../../src/contract/voices.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on the loopback address; its base URL and what it was asked. */
async function serve(listener: RequestListener) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
const voices: RequestListener = (_, response) => response.end('{"success":true,"data":{"voices":[]}}');
const clientFor = (baseUrl: string, options: { timeoutMs?: number; retries?: number } = {}) =>
  createClient({
    transport: undiciTransport({ baseUrl, apiKey: "tts_secret", version: "1.2.3", timeoutMs: options.timeoutMs }),
    retry: { baseMs: 0, retries: options.retries ?? 0 },
  });

describe("over the network", () => {
  it("calls carry the key and the name of this program", async () => {
    const { seen, url } = await serve(voices);
    await clientFor(`${url}/prefix`).call(listVoices, {});
    expect(seen[0]!.url).toBe("/prefix/api/v1/voices");
    expect(seen[0]!.headers.authorization).toBe("Bearer tts_secret");
    expect(seen[0]!.headers["user-agent"]).toMatch(/^aittsm\/1\.2\.3 node\//);
  });

  it("the key stays with its own server when audio lies elsewhere", async () => {
    const store = await serve((_, response) => response.setHeader("Content-Type", "audio/mpeg").end("sound"));
    const service = await serve((_, response) => response.writeHead(302, { Location: `${store.url}/x?sig=1` }).end());
    const source = await clientFor(service.url).openAudio({ job_id: "a" });
    expect(await new Response(source.body).text()).toBe("sound");
    expect(service.seen[0]!.headers.authorization).toBe("Bearer tts_secret");
    expect(store.seen[0]!.headers.authorization).toBeUndefined();
  });

  it("the key is not sent with the second request, not even to its own server", async () => {
    const { seen, url } = await serve((request, response) =>
      request.url === "/signed"
        ? response.setHeader("Content-Type", "audio/mpeg").end("sound")
        : response.writeHead(302, { Location: "/signed" }).end(),
    );
    await new Response((await clientFor(url).openAudio({ job_id: "a" })).body).text();
    expect(seen.map((request) => request.headers.authorization)).toEqual(["Bearer tts_secret", undefined]);
  });

  it("the transport itself gives the key to no other server, whatever it is told", async () => {
    const other = await serve(voices);
    const transport = undiciTransport({ baseUrl: "http://127.0.0.1:1", apiKey: "tts_secret" });
    await transport.fetch(other.url, { method: "GET", authenticated: true });
    expect(other.seen[0]!.headers.authorization).toBeUndefined();
  });

  it("a server that isn't there is NETWORK_ERROR, without the key in it", async () => {
    const { url } = await serve(voices);
    servers.pop()!.close();
    const error = await clientFor(url)
      .call(listVoices, {})
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "NETWORK_ERROR", message: expect.stringContaining("ECONNREFUSED") });
    expect(error.hint).toContain("AITTSM_BASE_URL");
    expect(`${error.message}${error.hint}`).not.toContain("tts_secret");
  });

  it("a connection that breaks off is tried again", async () => {
    let calls = 0;
    const { url } = await serve((request, response) =>
      calls++ === 0 ? request.socket.destroy() : voices(request, response),
    );
    await expect(clientFor(url, { retries: 2 }).call(listVoices, {})).resolves.toMatchObject({ status: 200 });
    expect(calls).toBe(2);
  });

  it("a server that doesn't answer is TIMEOUT", async () => {
    const { url } = await serve(() => {});
    const call = clientFor(url, { timeoutMs: 60 }).call(listVoices, {});
    await expect(call).rejects.toMatchObject({ code: "TIMEOUT", hint: expect.any(String) });
  });

  it("a server that stops in the middle of an answer is TIMEOUT too", async () => {
    const { url } = await serve((_, response) => response.write('{"success":'));
    const call = clientFor(url, { timeoutMs: 60 }).call(listVoices, {});
    await expect(call).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("giving up ends the request at the server", async () => {
    const controller = new AbortController();
    let left!: Promise<unknown>;
    const { url } = await serve((request) => {
      left = new Promise((resolve) => request.socket.once("close", resolve));
      controller.abort();
    });
    const call = clientFor(url).call(listVoices, {}, { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
    await left;
  });

  it("audio whose connection breaks is an error", async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { "Content-Type": "audio/mpeg", "Content-Length": "1000" });
      response.write("only this", () => request.socket.destroy());
    });
    const source = await clientFor(url).openAudio({ job_id: "a" });
    await expect(new Response(source.body).text()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });

  it("two keys on one server are two accounts in what is remembered", () => {
    const scope = (apiKey: string) => undiciTransport({ baseUrl: "https://x.example", apiKey }).scope;
    expect(scope("a")).not.toBe(scope("b"));
    expect(scope("tts_secret")).not.toContain("secret");
  });
});
