import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import type { Origins } from "../service/links.ts";
import type { ListenerIdentity } from "../service/listener-identity.ts";
import type { Log } from "../service/log.ts";
import { catchErrors } from "./app.ts";
import { type MediaParts, mountMedia } from "./media.ts";
import { mountPages, type PageParts } from "./pages/routes.ts";

const HOST = "127.0.0.1";
const CHALLENGE_PATH = "/.well-known/aittsm-listener";
const CHALLENGE_TIMEOUT_MS = 1_000;
/** Another process's listener is asked again for its proof after this long. */
const TRUST_MS = 5_000;
/** How often a process that does not own the sticky port looks whether it is free. */
const TAKE_OVER_INTERVAL_MS = 1_000;

export interface LoopbackParts {
  media: MediaParts;
  pages: PageParts;
  identity: ListenerIdentity;
  log: Log;
}

/**
 * The embedded backend's HTTP listener: signed audio, streams and listening pages only, on 127.0.0.1, started on first need.
 * One sticky port a data directory serves audio URLs; whoever has it serves every process's audio, and when that
 * process goes another takes it over. Each process serves its own stream URLs, on a port of its own if it must.
 */
export class LoopbackListener implements Origins {
  readonly #parts: LoopbackParts;
  readonly #servers = new Map<number, Server>();
  #stickyPort: Promise<number> | undefined;
  #streamPort: Promise<number> | undefined;
  #trustedUntil = 0;
  #takeOver: NodeJS.Timeout | undefined;

  constructor(parts: LoopbackParts) {
    this.#parts = parts;
  }

  async audio(): Promise<string> {
    const known = await this.#stickyPort;
    const settled = known !== undefined && (this.#servers.has(known) || Date.now() < this.#trustedUntil);
    if (!settled) {
      this.#stickyPort = this.#findStickyPort();
      this.#stickyPort.catch(() => (this.#stickyPort = undefined));
    }
    return originOf(await this.#stickyPort!);
  }

  async stream(): Promise<string> {
    await this.audio();
    const sticky = (await this.#stickyPort)!;
    if (this.#servers.has(sticky)) return originOf(sticky);
    this.#streamPort ??= this.#listen(0).then((port) => port!);
    return originOf(await this.#streamPort);
  }

  #stopTakingOver(): void {
    clearInterval(this.#takeOver);
    this.#takeOver = undefined;
  }

  async close(): Promise<void> {
    this.#stopTakingOver();
    for (const server of this.#servers.values()) {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    }
    this.#servers.clear();
  }

  async #findStickyPort(): Promise<number> {
    const { identity } = this.#parts;
    this.#stopTakingOver();
    for (let tries = 0; tries < 10; tries++) {
      const saved = await identity.savedPort();
      if (saved !== undefined) {
        if ((await this.#listen(saved)) !== undefined) return saved;
        if (await this.#isOurs(saved)) return this.#trust(saved);
      }
      // No port yet, or a stranger's: take a free one, unless another process of ours is quicker to say so.
      const port = (await this.#listen(0))!;
      if (await identity.savePort(port, saved)) return port;
      this.#servers.get(port)?.close();
      this.#servers.delete(port);
    }
    throw new AppError("UNAVAILABLE", "No port for the audio listener could be agreed on.", { hint: "try again" });
  }

  #trust(port: number): number {
    this.#trustedUntil = Date.now() + TRUST_MS;
    this.#takeOver = setInterval(() => {
      this.#listen(port).then(
        (got) => got !== undefined && this.#stopTakingOver(),
        (error) => this.#parts.log.warn({ err: error }, "the audio port could not be taken over"),
      );
    }, TAKE_OVER_INTERVAL_MS).unref();
    return port;
  }

  /** Listens on a port (0: any free one) and gives it; undefined when it is taken. */
  async #listen(wanted: number): Promise<number | undefined> {
    let app: Hono | undefined;
    const server = createAdaptorServer({
      fetch: (request, bindings) => {
        app ??= this.#app(portOf(server));
        return app.fetch(request, bindings);
      },
    }) as Server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port: wanted, host: HOST, exclusive: true }, resolve);
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // EACCES: a port that the system keeps for itself (Windows reserves ranges).
      if (wanted !== 0 && (code === "EADDRINUSE" || code === "EACCES")) return undefined;
      throw new AppError("UNAVAILABLE", `The audio listener can't start (${code}).`, { cause: error });
    }
    server.on("error", (error) => this.#parts.log.warn({ err: error }, "the audio listener had an error"));
    server.unref();
    const port = portOf(server);
    this.#servers.set(port, server);
    return port;
  }

  /** The app of one port: it answers no other Host (a web page can't reach it by DNS rebinding) and sends no CORS. */
  #app(port: number): Hono {
    const { media, pages, identity, log } = this.#parts;
    const app = new Hono();
    app.use(async (c, next) => {
      if (![`${HOST}:${port}`, `localhost:${port}`].includes(c.req.header("host") ?? "")) {
        throw new AppError("MISDIRECTED_REQUEST", "This listener answers only its own address.", {
          hint: "use the URL as it was given",
        });
      }
      await next();
    });
    app.get(CHALLENGE_PATH, (c) => {
      const nonce = (c.req.query("nonce") ?? "").slice(0, 128);
      return c.json(identity.prove(nonce, port));
    });
    mountMedia(app, media);
    mountPages(app, pages);
    catchErrors(app, log);
    return app;
  }

  /** True when a process with our data directory's key listens on the port. */
  async #isOurs(port: number): Promise<boolean> {
    const nonce = randomBytes(24).toString("base64url");
    try {
      const response = await fetch(`${originOf(port)}${CHALLENGE_PATH}?nonce=${nonce}`, {
        signal: AbortSignal.timeout(CHALLENGE_TIMEOUT_MS),
        redirect: "error",
      });
      const { key, proof } = (await response.json()) as { key?: unknown; proof?: unknown };
      return this.#parts.identity.isProof({ key: String(key), proof: String(proof) }, nonce, port);
    } catch {
      return false; // a stranger, or nobody any more: either way not ours
    }
  }
}

const originOf = (port: number) => `http://${HOST}:${port}`;
const portOf = (server: Server) => (server.address() as AddressInfo).port;
