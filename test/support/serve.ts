import { afterAll } from "vitest";
import { type Client, createClient } from "../../src/client/client.ts";
import { undiciTransport } from "../../src/client/undici.ts";
import { composeServe, type ServeHandle } from "../../src/compose-serve.ts";
import { readConfig } from "../../src/config.ts";
import { SCOPES } from "../../src/contract/scopes.ts";
import { ApiKeyService } from "../../src/service/api-keys.ts";
import { SAME_VOICES } from "./engines.ts";
import { temporaryFolder } from "./folders.ts";

export interface TestServer extends ServeHandle {
  dataDir: string;
  /** On the server's own connection: a second one in this process would block it (busy waits are synchronous). */
  keys: ApiKeyService;
  /** A new key of an account; every scope unless some are named. */
  key(options?: { account?: string; scopes?: readonly string[]; expiresInDays?: number }): Promise<{
    key: string;
    keyId: string;
  }>;
  client(key: string): Client;
}

const open = new Set<TestServer>();
afterAll(async () => {
  for (const server of open) await server.close();
});

/** The whole service as `aittsm serve` runs it, on a port of its own. */
export async function startServer(
  env: Record<string, string> = {},
  dataDir: string = temporaryFolder(),
): Promise<TestServer> {
  const settings = { AITTSM_DATA_DIR: dataDir, AITTSM_LOG_LEVEL: "silent", AITTSM_PORT: "0", ...SAME_VOICES, ...env };
  const handle = await composeServe(readConfig(settings));
  const keys = new ApiKeyService(handle.store);
  const server: TestServer = {
    ...handle,
    dataDir,
    keys,
    key: ({ account = "local", scopes = SCOPES, expiresInDays } = {}) =>
      keys.create({ name: "test", account, scopes, expiresInDays }),
    client: (apiKey) => createClient({ transport: undiciTransport({ baseUrl: handle.url, apiKey }) }),
    close: async () => {
      if (!open.delete(server)) return;
      await handle.close();
    },
  };
  open.add(server);
  return server;
}
