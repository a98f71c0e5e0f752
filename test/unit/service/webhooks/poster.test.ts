import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buildConnector } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import type { Connector, Resolve } from "../../../../src/service/webhooks/connector.ts";
import { type PosterParts, WebhookPoster } from "../../../../src/service/webhooks/poster.ts";
import { AllowedHosts } from "../../../../src/service/webhooks/target.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../../support/certificate.ts";
import { Receiver } from "../../../support/receiver.ts";

const PUBLIC = "93.184.215.14";
const servers = new Set<Server>();
afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers.clear();
});

async function listen(server: Server): Promise<number> {
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that answers a POST as the test says. */
const serve = (answer: (response: ServerResponse) => void): Promise<number> =>
  listen(createServer((request, response) => void request.resume().on("end", () => answer(response))));

const poster = (parts: Partial<PosterParts> & { hosts?: string[] } = {}) =>
  new WebhookPoster({ allowed: new AllowedHosts(parts.hosts ?? []), ...parts });

const post = (sender: WebhookPoster, url: string, signal?: AbortSignal) =>
  sender.post(url, { "X-TTS-Event": "test" }, '{"a":1}', signal);

/** A resolver that gives one answer after the other, and counts how often it is asked. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname);
    return answers[Math.min(asked.length, answers.length) - 1]!;
  };
  return { asked, resolve };
}

/** Notes what is dialled and leads it to a server of this test, as the internet would to the real one. */
function dialler(port: number, options: Parameters<typeof buildConnector>[0] = {}) {
  const dialled: string[] = [];
  const real = buildConnector({ timeout: 2_000, ...options });
  const dial: Connector = (target, callback) => {
    dialled.push(target.hostname);
    real({ ...target, hostname: "127.0.0.1", port: String(port) }, callback);
  };
  return { dialled, dial };
}

/** An https server with a certificate for hooks.example.com. */
const serveTls = (answer: (response: ServerResponse) => void) =>
  listen(
    createTlsServer({ key: TEST_CERTIFICATE_KEY, cert: TEST_CERTIFICATE }, (request, response) =>
      request.resume().on("end", () => answer(response)),
    ) as unknown as Server,
  );

describe("the dialler", () => {
  it("dials the address that it has checked, and asks for the certificate of the name", async () => {
    const port = await serveTls((response) => response.end());
    const { dialled, dial } = dialler(port, { ca: TEST_CERTIFICATE });
    const { asked, resolve } = resolver([PUBLIC]);
    expect(await post(poster({ dial, resolve }), "https://hooks.example.com/x")).toMatchObject({ accepted: true });
    expect(asked).toEqual(["hooks.example.com"]);
    expect(dialled).toEqual([PUBLIC]);
    const other = await post(poster({ dial, resolve }), "https://other.example.com/x");
    expect(other).toMatchObject({ accepted: false, what: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID") });
    const stranger = dialler(port);
    const untrusted = await post(poster({ dial: stranger.dial, resolve }), "https://hooks.example.com/x");
    expect(untrusted).toMatchObject({ accepted: false, what: expect.stringContaining("certificate") });
  });

  it("is not led astray by a name server that changes its mind (DNS rebinding)", async () => {
    const port = await serveTls((response) => response.end());
    const { dialled, dial } = dialler(port, { ca: TEST_CERTIFICATE });
    const { asked, resolve } = resolver([PUBLIC], ["127.0.0.1"]);
    const sender = poster({ dial, resolve });
    // The second answer would come if the name were looked up again between check and connection.
    expect(await post(sender, "https://hooks.example.com/x")).toMatchObject({ accepted: true });
    expect([asked.length, dialled]).toEqual([1, [PUBLIC]]);
    // And the next delivery opens no old connection, but asks again, and sees what it is now.
    expect(await post(sender, "https://hooks.example.com/x")).toEqual({
      accepted: false,
      what: "the host's address is not public",
    });
    expect([asked.length, dialled]).toEqual([2, [PUBLIC]]);
  });

  it.each([
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["100.100.100.200"],
    ["::1"],
    ["::ffff:10.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["2002:7f00:1::"],
    ["fd00:ec2::254"],
    ["fe80::1%lo"],
    [PUBLIC, "10.0.0.1"],
    ["10.0.0.1", PUBLIC],
    [PUBLIC, "2606:4700:4700::1111", "1.1.1.1", "8.8.8.8", "9.9.9.9", "127.0.0.1"],
    ["not an address"],
  ])("dials nothing when the name stands for %s and %s", async (...addresses) => {
    const { dialled, dial } = dialler(1);
    const { resolve } = resolver(addresses);
    const outcome = await post(poster({ dial, resolve }), "https://hooks.example.com/x");
    expect(outcome).toEqual({ accepted: false, what: "the host's address is not public" });
    expect(dialled).toEqual([]);
    for (const address of addresses) expect(outcome.what).not.toContain(address);
  });

  it("dials nothing for an address in the URL that is not public, though no name is looked up", async () => {
    const { dialled, dial } = dialler(1);
    for (const url of ["https://127.0.0.1/", "https://[::1]/", "https://0x7f.1/", "http://hooks.example.com/"]) {
      expect(await post(poster({ dial }), url)).toEqual({
        accepted: false,
        what: "the URL is not a public https URL",
      });
    }
    expect(dialled).toEqual([]);
  });

  it("tries the next address of the answer when one does not answer", async () => {
    const port = await serveTls((response) => response.end());
    const good = dialler(port, { ca: TEST_CERTIFICATE });
    const dialled: string[] = [];
    const dial: Connector = (target, callback) => {
      dialled.push(target.hostname);
      if (target.hostname === PUBLIC) good.dial(target, callback);
      else callback(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), null);
    };
    const { resolve } = resolver(["2606:4700:4700::1111", PUBLIC]);
    expect(await post(poster({ dial, resolve }), "https://hooks.example.com/")).toMatchObject({ accepted: true });
    expect(dialled).toEqual(["2606:4700:4700::1111", PUBLIC]);
  });

  it("says when there is no such host, and nothing of what it was told", async () => {
    const resolve: Resolve = () => Promise.reject(Object.assign(new Error("secret"), { code: "ENOTFOUND" }));
    const outcome = await post(poster({ resolve }), "https://hooks.example.com/x");
    expect(outcome).toEqual({ accepted: false, what: "the host was not found" });
    const empty = await post(poster({ resolve: async () => [] }), "https://hooks.example.com/x");
    expect(empty).toEqual({ accepted: false, what: "the host was not found" });
  });

  it("trusts the hosts that are allowed, by name and by address", async () => {
    const receiver = await Receiver.start();
    const { asked, resolve } = resolver(["127.0.0.1"]);
    const sender = poster({ hosts: [receiver.host, `hooks.intranet:${receiver.port}`], resolve });
    expect(await post(sender, receiver.url)).toMatchObject({ accepted: true, status: 204 });
    expect(await post(sender, `http://hooks.intranet:${receiver.port}/`)).toMatchObject({ accepted: true });
    expect(asked).toEqual(["hooks.intranet"]);
    expect(await post(sender, `http://other.intranet:${receiver.port}/`)).toMatchObject({ accepted: false });
    const looksUp = poster({ hosts: [`localhost:${receiver.port}`] });
    expect(await post(looksUp, `http://localhost:${receiver.port}/`)).toMatchObject({ accepted: true });
    expect(receiver.received).toHaveLength(3);
  });
});

describe("a webhook that is sent", () => {
  it.each([
    [200, true],
    [201, true],
    [204, true],
    [299, true],
    [301, false],
    [302, false],
    [304, false],
    [307, false],
    [308, false],
    [400, false],
    [410, false],
    [429, false],
    [500, false],
    [503, false],
  ])("is taken as accepted when the answer is %i: %s; a redirect leads nowhere", async (status, accepted) => {
    const elsewhere = await Receiver.start();
    const port = await serve((response) => response.writeHead(status, { Location: elsewhere.url }).end());
    const hosts = [`127.0.0.1:${port}`, elsewhere.host];
    const outcome = await post(poster({ hosts }), `http://127.0.0.1:${port}/`);
    expect(outcome).toMatchObject({ accepted, status, what: expect.stringContaining(String(status)) });
    expect(elsewhere.received).toEqual([]);
  });

  it("is given up after the time-out: without a connection, without an answer, with half a header", async () => {
    const silent = await serve(() => {});
    const half = await serve((response) => response.socket!.write("HTTP/1.1 200 OK\r\nX-Slow: "));
    const noDial: Connector = () => {};
    const slowDns: Resolve = () => new Promise(() => {});
    const timeoutMs = 300;
    const cases: [WebhookPoster, string][] = [
      [poster({ timeoutMs, hosts: ["127.0.0.1"] }), `http://127.0.0.1:${silent}/`],
      [poster({ timeoutMs, hosts: ["127.0.0.1"] }), `http://127.0.0.1:${half}/`],
      [poster({ timeoutMs, dial: noDial }), "https://8.8.8.8/"],
      [poster({ timeoutMs, resolve: slowDns }), "https://hooks.example.com/"],
    ];
    for (const [sender, url] of cases) {
      const start = performance.now();
      expect(await post(sender, url)).toEqual({ accepted: false, what: "there was no answer in 0.3 s" });
      expect(performance.now() - start).toBeLessThan(3_000);
    }
  });

  it("is not held up by a huge or an endless body, and reads little of it", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const huge = await serve((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const trickle = await serve((response) => {
      response.writeHead(200).write("a");
      const timer = setInterval(() => response.write("a"), 20);
      response.once("close", () => clearInterval(timer));
    });
    const promised = await serve((response) => response.writeHead(500, { "Content-Length": "100000000" }).write("x"));
    const sender = poster({ hosts: ["127.0.0.1"] });
    const start = performance.now();
    expect(await post(sender, `http://127.0.0.1:${huge}/`)).toMatchObject({ accepted: true, status: 200 });
    expect(await post(sender, `http://127.0.0.1:${trickle}/`)).toMatchObject({ accepted: true, status: 200 });
    expect(await post(sender, `http://127.0.0.1:${promised}/`)).toMatchObject({ accepted: false, status: 500 });
    expect(performance.now() - start).toBeLessThan(5_000);
    // What the kernel's buffers take, not what the server would send.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it("says what happened in words of ours only", async () => {
    const odd = await serve((response) => response.socket!.end("HTTP/1.1 200 <secret of the receiver>\r\nbad"));
    const closed = await serve((response) => response.socket!.destroy());
    const text = await serve((response) => response.writeHead(418, "secret", { "X-Secret": "secret" }).end("secret"));
    for (const port of [odd, closed, text]) {
      const outcome = await post(poster({ hosts: ["127.0.0.1"] }), `http://127.0.0.1:${port}/`);
      expect(outcome.accepted).toBe(port === odd && outcome.status === 200);
      expect(outcome.what).not.toContain("secret");
    }
    const nobody = await post(poster({ hosts: ["127.0.0.1"] }), "http://127.0.0.1:1/");
    expect(nobody).toEqual({ accepted: false, what: "the connection failed (ECONNREFUSED)" });
  });

  it("ignores the proxies of the environment", async () => {
    const receiver = await Receiver.start();
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    for (const name of names) process.env[name] = "http://127.0.0.1:1";
    process.env.NODE_USE_ENV_PROXY = "1";
    try {
      const { accepted } = await post(poster({ hosts: [receiver.host] }), receiver.url);
      expect(accepted).toBe(true);
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      delete process.env.NODE_USE_ENV_PROXY;
    }
  });

  it("throws only when the caller aborts it", async () => {
    const silent = await serve(() => {});
    const controller = new AbortController();
    const posting = post(poster({ hosts: ["127.0.0.1"] }), `http://127.0.0.1:${silent}/`, controller.signal);
    setTimeout(() => controller.abort(new Error("closing")), 50);
    await expect(posting).rejects.toThrow("closing");
  });
});
