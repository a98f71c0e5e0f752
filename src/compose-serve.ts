import { Hono } from "hono";
import { sql } from "kysely";
import { selectTools } from "../tools/index.ts";
import { createClient } from "./client/client.ts";
import { inProcessTransport } from "./client/in-process.ts";
import { composeEmbedded, createLog, type EmbeddedBackend } from "./compose-backend.ts";
import type { Config } from "./config.ts";
import { OPENAI_PATH } from "./contract/openai.ts";
import type { KeyScope } from "./contract/scopes.ts";
import { ACCOUNT_PATH } from "./contract/webhook.ts";
import { BASE_PATH } from "./contract/wire.ts";
import { AppError } from "./errors.ts";
import { createMcpHttp } from "./mcp/http.ts";
import { mountApiDocs } from "./server/api-docs.ts";
import { catchErrors } from "./server/app.ts";
import { type Authenticate, bearerAuthentication, rememberCaller } from "./server/auth.ts";
import { clientAddress } from "./server/client-address.ts";
import { mountHealth } from "./server/health.ts";
import { listen } from "./server/listen.ts";
import { type AnswerMcp, guardMcp, mountMcp } from "./server/mcp.ts";
import { Metrics, observe } from "./server/observe.ts";
import { guardOpenAi } from "./server/openai-api.ts";
import { boundConcurrency, limitByKey, RateLimit } from "./server/request-limits.ts";
import { ApiKeyCheck } from "./service/api-key-check.ts";
import { ApiKeyService } from "./service/api-keys.ts";
import { countJobs } from "./service/job-list.ts";
import type { Log } from "./service/log.ts";
import type { Store } from "./store/database.ts";
import { VERSION } from "./version.ts";

/** How long requests at work, and jobs that are nearly done, may still take when the server is told to stop. */
const SHUTDOWN_GRACE_MS = 10_000;

export interface ServeHandle {
  /** What listens, and what it works on: for tests, which look at its routes and rows. */
  app: Hono;
  store: Store;
  /** Where it listens, for programs on this machine. */
  url: string;
  /** Whether there is a key that opens it. */
  hasKeys: boolean;
  /** Answers what is at work, gives running jobs back and lets go of everything. */
  close(): Promise<void>;
}

/**
 * The whole service on a socket.
 * @throws AppError CONFIG_INVALID for a setting, a data directory or an address that can't be used.
 */
export async function composeServe(config: Config): Promise<ServeHandle> {
  const log = createLog(config);
  let origin = config.publicUrl ?? "";
  // Webhooks that are due at the start have links in them, too.
  let setOrigin: (origin: string) => void = () => {};
  let refuseOrigin: (error: unknown) => void = () => {};
  const known = config.publicUrl
    ? Promise.resolve(config.publicUrl)
    : new Promise<string>((resolve, reject) => {
        setOrigin = resolve;
        refuseOrigin = reject;
      });
  known.catch(() => {});
  let authenticate: Authenticate | undefined;
  const backend = await composeEmbedded(config, {
    origins: { audio: () => known, stream: () => known },
    authenticate: (store, reader) => {
      const keys = new ApiKeyCheck(store, reader);
      authenticate = rememberCaller(
        bearerAuthentication(async (key) => {
          const owner = await keys.find(key);
          return owner && { ...owner, scopes: owner.scopes as ReadonlySet<KeyScope>, local: false };
        }),
      );
      return authenticate;
    },
    durability: "full",
    background: true,
    standIn: false,
  });
  const { store } = backend;
  let stopping = false;

  const app = new Hono();
  const metrics = new Metrics(() => countJobs(store));
  app.use(observe(log, metrics));
  mountHealth(app, {
    metrics,
    checkReady: async () => {
      if (stopping) throw new AppError("UNAVAILABLE", "The server is stopping.", { hint: "use another" });
      await sql`select 1`.execute(store);
    },
    addressOf: clientAddress(config.trustedProxies),
    metricsToken: config.metricsToken,
  });
  mountApiDocs(app, VERSION, () => origin);
  guardMcp(app, config);
  guardOpenAi(app);
  app.use(boundConcurrency(config.maxConcurrentRequests));
  const limit = new RateLimit(config.rateLimitPerMinute);
  const limited = limitByKey(limit, authenticate!);
  for (const path of [BASE_PATH, ACCOUNT_PATH, OPENAI_PATH]) app.use(`${path}/*`, limited);
  const mcp = composeMcp(config, backend.fetch, { origin: () => origin, log });
  mountMcp(app, mcp.answer, authenticate!, limit);
  app.route("/", backend.app);
  catchErrors(app, log);

  const listener = await listen(app, config).catch(async (error) => {
    refuseOrigin(error);
    await backend.close();
    throw error;
  });
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const url = `http://${["0.0.0.0", "[::]"].includes(host) ? "localhost" : host}:${listener.port}`;
  origin ||= url;
  setOrigin(origin);
  return {
    app,
    store,
    url,
    hasKeys: await new ApiKeyService(store).any(),
    close: async () => {
      stopping = true;
      mcp.hurry();
      backend.hurry();
      await listener.close(SHUTDOWN_GRACE_MS);
      await mcp.close();
      await backend.close();
    },
  };
}

interface McpParts {
  /** Where the service's URLs point to. */
  origin: () => string;
  log: Log;
}

/** MCP over HTTP: the same tools as over stdio, whose client calls the service in this process with the caller's key. */
function composeMcp(config: Config, fetch: EmbeddedBackend["fetch"], { origin, log }: McpParts) {
  const ending = new AbortController();
  const http = createMcpHttp({
    version: VERSION,
    tools: selectTools(config.toolsets),
    connect: ({ scopes, authorization, requestId }) => ({
      client: createClient({
        transport: inProcessTransport(async () => fetch, { authorization, requestId, publicUrl: origin() }),
      }),
      // No output folder: files here are not where the caller is. The service knows its default voice itself.
      config: { webhookHosts: config.webhookHosts },
      scopes,
    }),
    hurry: ending.signal,
    report: (error, facts) => log.error({ ...facts, err: error }, "a tool failed"),
    onRefused: (error) => log.debug({ err: error }, "an MCP message was refused"),
  });
  const answer: AnswerMcp = (request, { body, principal, requestId }) => {
    const { keyId = "", scopes } = principal;
    const authorization = request.headers.get("authorization") ?? "";
    return http.fetch(request, body, { authorization, keyId, scopes, requestId });
  };
  return {
    answer,
    /** Calls that wait answer with what is known. */
    hurry: () => ending.abort(),
    close: () => http.close(),
  };
}
