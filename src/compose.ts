import { type Client, createClient } from "./client/client.ts";
import type { Memory } from "./client/idempotency.ts";
import { inProcessTransport } from "./client/in-process.ts";
import { undiciTransport } from "./client/undici.ts";
import type { EmbeddedBackend } from "./compose-backend.ts";
import type { Config } from "./config.ts";
import type { Store } from "./store/database.ts";
import { VERSION } from "./version.ts";

/** A client with whatever stands behind it. */
export interface ComposedClient {
  client: Client;
  /** Opens the embedded backend now, so that jobs a killed process left go on; nothing in remote mode. */
  start(): Promise<void>;
  /** Leaves running jobs for the next process and lets go of everything. */
  close(): Promise<void>;
}

/** The client that the settings ask for. Nothing heavy is loaded before the first call. */
export function composeClient(config: Config): ComposedClient {
  return config.backend === "remote" ? remote(config) : embedded(config);
}

function embedded(config: Config): ComposedClient {
  let opening: Promise<EmbeddedBackend> | undefined;
  const backend = () => {
    opening ??= import("./compose-backend.ts").then(({ composeEmbedded }) => composeEmbedded(config));
    // A data folder that failed now may work after the user has mended it.
    opening.catch(() => (opening = undefined));
    return opening;
  };
  return {
    client: createClient({
      transport: inProcessTransport(async () => (await backend()).fetch),
      memory: async () => memoryIn((await backend()).store),
    }),
    start: async () => void (await backend()),
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}

function remote(config: Config): ComposedClient {
  let store: Store | undefined;
  const { baseUrl, apiKey } = config;
  return {
    client: createClient({
      transport: undiciTransport({ baseUrl, apiKey, version: VERSION }),
      memory: async () => {
        const { openOwnStore } = await import("./store/own-store.ts");
        store ??= await openOwnStore(config.dataDir);
        return memoryIn(store);
      },
    }),
    start: async () => {},
    close: async () => store?.destroy(),
  };
}

async function memoryIn(store: Store): Promise<Memory> {
  const [{ Keyv }, { KeyvAdapter }] = await Promise.all([import("keyv"), import("./store/keyv-adapter.ts")]);
  return new Keyv({ store: new KeyvAdapter(store) });
}
