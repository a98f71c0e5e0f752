import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, afterEach } from "vitest";
import { type Client, createClient } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/in-process.ts";
import { undiciTransport } from "../../src/client/undici.ts";
import { composeEmbedded, type EmbeddedBackend } from "../../src/compose-backend.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { SCOPES, type Scope } from "../../src/contract/scopes.ts";
import type { EngineEntry } from "../../src/engines/engine.ts";
import { bearerAuthentication } from "../../src/server/auth.ts";
import { SAME_VOICES } from "./engines.ts";
import { temporaryFolder } from "./folders.ts";

export const BACKENDS = ["embedded", "remote"] as const;

export interface TestBackend {
  client: Client;
  backend: EmbeddedBackend;
  dataDir: string;
  /** A request as any HTTP program sends it, with the key; `path` is below the origin. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Another client of the same service with a key of its own account or scopes (remote only). */
  withKey(key: string): Client;
  close(): Promise<void>;
}

export interface TestBackendOptions {
  env?: Record<string, string>;
  dataDir?: string;
  /** Credits of the calling account; unlimited when absent. */
  credits?: number;
  /** Default: the product's. Made-up ones list voices, but the speech workers don't know them. */
  engines?: readonly EngineEntry[];
}

/** Keys of the remote test service: [account, scopes]. */
const KEYS: Record<string, [string, readonly Scope[]]> = {
  tts_all: ["local", SCOPES],
  tts_other: ["other", SCOPES],
  tts_voices: ["local", ["voices:list"]],
  tts_shares_read: ["local", ["shares:read"]],
  tts_shares_write: ["local", ["shares:write"]],
};

export const testConfig = (dataDir: string, env: Record<string, string> = {}): Config =>
  readConfig({ AITTSM_DATA_DIR: dataDir, AITTSM_LOG_LEVEL: "silent", ...SAME_VOICES, ...env });

const open = new Set<TestBackend>();
const closeAll = async () => {
  for (const backend of open) await backend.close();
};
afterAll(closeAll);

/** The whole service, called in process or over a socket with an API key: what holds for one must hold for the other. */
export async function startBackend(
  kind: (typeof BACKENDS)[number],
  { env, dataDir = temporaryFolder(), credits, engines }: TestBackendOptions = {},
): Promise<TestBackend> {
  const config = testConfig(dataDir, env);
  let server: Server | undefined;
  let origin = "";
  const backend = await composeEmbedded(
    config,
    kind === "embedded"
      ? { engines }
      : {
          engines,
          origins: { audio: async () => origin, stream: async () => origin },
          authenticate: () =>
            bearerAuthentication(async (key) => {
              const [accountId, scopes] = KEYS[key] ?? [];
              return accountId ? { accountId, scopes: new Set(scopes), local: false } : undefined;
            }),
        },
  );
  await backend.store
    .insertInto("accounts")
    .values({ account_id: "other", unlimited: 1, credit_balance: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if (credits !== undefined) {
    await backend.store
      .updateTable("accounts")
      .set({ unlimited: 0, credit_balance: credits })
      .where("account_id", "=", "local")
      .execute();
  }
  if (kind === "remote") {
    server = createAdaptorServer({ fetch: (request, bindings) => backend.fetch(request, bindings) }) as Server;
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const withKey = (key: string) => createClient({ transport: undiciTransport({ baseUrl: origin, apiKey: key }) });
  const result: TestBackend = {
    backend,
    dataDir,
    client:
      kind === "embedded"
        ? createClient({ transport: inProcessTransport(async () => backend.fetch) })
        : withKey("tts_all"),
    withKey,
    fetch: async (path, init = {}) => {
      const headers = { authorization: "Bearer tts_all", "content-type": "application/json", ...init.headers };
      const url = new URL(path, origin || "http://localhost");
      if (kind === "remote" || url.port) return fetch(url, { redirect: "manual", ...init, headers });
      return backend.fetch(new Request(url, { redirect: "manual", ...init, headers }));
    },
    close: async () => {
      if (!open.delete(result)) return;
      server?.close();
      server?.closeAllConnections();
      await backend.close();
    },
  };
  open.add(result);
  return result;
}

/** Closes every backend after each test, for suites that start many. */
export function closeBackendsAfterEach(): void {
  afterEach(closeAll);
}

/** A JSON body, whatever its shape: what is expected of it is said by the test. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export const jsonOf = (response: Response): Promise<any> => response.json();
