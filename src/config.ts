import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { homedir } from "node:os";
import path from "node:path";
import * as z from "zod";
import { AppError } from "./errors.ts";

/** Where the hosted service answers, without the trailing /api/v1. */
const HOSTED_SERVICE_URL = "https://aitts.theproductivepixel.com";

export const TOOLSETS = ["generation", "jobs", "shares", "access-codes", "library", "storage", "account"] as const;
export type Toolset = (typeof TOOLSETS)[number];

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** Every setting, checked and with its default. Read once; frozen. */
export interface Config {
  backend: "remote" | "embedded";
  apiKey?: string;
  /** Origin and optional path prefix, without the trailing /api/v1 and slash. */
  baseUrl: string;
  dataDir: string;
  outputDir: string;
  defaultVoice?: string;
  toolsets: readonly Toolset[];
  logLevel: (typeof LOG_LEVELS)[number];
  voiceFallback: "none" | "nearest";
  webhookHosts: readonly string[];
  /** Whether the person is asked before deletes and the like, where the client can. */
  elicitation: boolean;
  /** Hosts that webhooks may be sent to wherever they are, also by http: `host` or `host:port`. */
  webhookAllowedHosts: readonly string[];
  /** Proxies whose X-Forwarded-For is believed: addresses, networks, or proxy-addr's names for them. */
  trustedProxies: readonly string[];
  /** Where `serve` listens; port 0 picks a free one. */
  host: string;
  port: number;
  /** Where others reach `serve`: origin without a trailing slash. Default: where it listens. */
  publicUrl?: string;
  /** Web pages of other origins that may call MCP over HTTP, as a browser sends them in Origin. */
  allowedOrigins: readonly string[];
  /** Requests that one API key may make in a minute. */
  rateLimitPerMinute: number;
  /** Requests at work at a time; past it they are turned away. */
  maxConcurrentRequests: number;
  /** Opens /metrics to other machines. */
  metricsToken?: string;
  /** A JSON file with prices, absolute; without it only local voices have one: none. */
  rateCard?: string;
  /** Absolute: where downloaded models are. */
  modelDir: string;
  /** The folder of a mirror from which models are downloaded; default: their publishers'. */
  modelBaseUrl?: string;
  /** All variables that are set, for what engines read: providers' credentials under the names of their own SDKs. */
  environment: Readonly<Record<string, string>>;
}

type Env = Readonly<Record<string, string | undefined>>;
type Defaults = Partial<Pick<Config, "logLevel">>;

const DEFAULT_PORT = 8_290;
const DEFAULT_RATE_LIMIT = 1_200;
/** Long polls wait without work, so there may be many. */
const DEFAULT_CONCURRENCY = 1_000;

/** Where the platform keeps an application's data. */
function platformDataDir(env: Env): string {
  if (process.platform === "win32") {
    return path.join(env.LOCALAPPDATA || path.join(homedir(), "AppData", "Local"), "aittsm");
  }
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Application Support", "aittsm");
  // XDG Base Directory: a relative value is to be ignored.
  const xdg = env.XDG_DATA_HOME;
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), ".local", "share"), "aittsm");
}

const list = (value: string) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);

function oneOf<T extends string>(name: string, value: string | undefined, values: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  if ((values as readonly string[]).includes(value.toLowerCase())) return value.toLowerCase() as T;
  throw bad(name, value, `one of ${values.join(", ")}`);
}

function bad(name: string, got: string, takes: string): AppError {
  return new AppError("CONFIG_INVALID", `${name} is "${got}"; it takes ${takes}.`, {
    hint: `set ${name} to ${takes}, or remove it`,
    details: { setting: name },
  });
}

/** An https URL, or http on this machine; without query and trailing slash. */
function readWebUrl(name: string, value: string): string {
  const url = z.url({ protocol: /^https?$/ }).safeParse(value).success ? new URL(value) : undefined;
  if (!url) throw bad(name, value, "an https URL such as https://tts.example.com");
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !loopback) throw bad(name, value, "an https URL (http only for localhost)");
  if (url.username || url.password)
    throw bad(name, `${url.protocol}//…@${url.host}`, "a URL without user and password");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

const readBaseUrl = (name: string, value: string) => readWebUrl(name, value).replace(/\/api\/v1$/, "");

function absolutePath<F extends string | undefined>(name: string, value: string | undefined, fallback: F): string | F {
  if (value === undefined) return fallback;
  const expanded = value === "~" || /^~[\\/]/.test(value) ? path.join(homedir(), value.slice(1)) : value;
  if (expanded.includes("\0")) throw bad(name, "a path with a null byte", "an absolute path");
  if (!path.isAbsolute(expanded)) throw bad(name, value, "an absolute path");
  return path.normalize(expanded);
}

function wholeNumber(
  name: string,
  value: string | undefined,
  [least, most]: [number, number],
  fallback: number,
): number {
  if (value === undefined) return fallback;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw bad(name, value, `a whole number from ${least} to ${most}`);
}

/** Never the working directory: clients start servers in `/` or in a read-only one. */
function defaultOutputDir(): string {
  const music = path.join(homedir(), "Music");
  return path.join(existsSync(music) ? music : homedir(), "aittsm");
}

function readToolsets(value: string | undefined): readonly Toolset[] {
  if (value === undefined) return TOOLSETS;
  const names = list(value).map((name) => oneOf("AITTSM_TOOLSETS", name, ["all", ...TOOLSETS], "all"));
  return names.includes("all") ? TOOLSETS : TOOLSETS.filter((name) => names.includes(name));
}

const PROXY_NAMES = ["loopback", "linklocal", "uniquelocal"];

/** An address, a network in CIDR notation, or a name for several. */
function readProxy(value: string): string {
  const [address = "", prefix, ...rest] = value.split("/");
  const version = isIP(address);
  const bits = Number(prefix);
  // Of 0 bits would be everybody.
  const goodPrefix =
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && bits >= 1 && bits <= (version === 4 ? 32 : 128));
  if (PROXY_NAMES.includes(value) || (version !== 0 && goodPrefix && rest.length === 0)) return value;
  throw bad("AITTSM_TRUSTED_PROXIES", value, `addresses, networks such as 10.0.0.0/8, or ${PROXY_NAMES.join(", ")}`);
}

/** What a browser sends in Origin: scheme, host and port. Extensions have schemes of their own. */
function readOrigin(value: string): string {
  const web = /^https?:/i.test(value) && URL.canParse(value) ? new URL(value) : undefined;
  if (web && web.href === `${web.origin}/` && !/[/?#]$/.test(value)) return web.origin;
  if (!/^https?:/i.test(value) && /^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(:\d{1,5})?$/.test(value)) return value;
  throw bad("AITTSM_ALLOWED_ORIGINS", value, "origins such as https://app.example.com, without a path");
}

/** A host or host:port, spelled as a URL spells it. */
function readAllowedHost(value: string): string {
  const name = "AITTSM_WEBHOOK_ALLOWED_HOSTS";
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/?#@*[\]\\]+)(?::(\d{1,5}))?$/i.exec(value) ?? [];
  if (host === undefined || !URL.canParse(`http://${host}`) || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    throw bad(name, value, "hosts such as hooks.intranet or 127.0.0.1:8080");
  }
  return new URL(`http://${host}`).hostname + (port === undefined ? "" : `:${Number(port)}`);
}

/**
 * Reads the settings from environment variables; a command may have defaults of its own. An empty string is the same as unset (many clients send empty ones).
 * @throws AppError CONFIG_INVALID that names the variable, what it got and what it takes. Secrets are never quoted.
 */
export function readConfig(env: Env = process.env, defaults: Defaults = {}): Readonly<Config> {
  const get = (...names: string[]) => {
    for (const name of names) {
      const value = env[name]?.trim();
      if (value) return { name, value };
    }
    return undefined;
  };
  const key = get("AITTSM_API_KEY", "AITTS_API_KEY");
  // A header can carry only visible ASCII: say so here instead of failing at the first call.
  if (key && !/^[\x21-\x7e]+$/.test(key.value)) {
    throw new AppError("CONFIG_INVALID", `${key.name} holds characters that no API key has.`, {
      hint: "copy the key again; it starts with tts_",
      details: { setting: key.name },
    });
  }
  const backend = oneOf("AITTSM_BACKEND", get("AITTSM_BACKEND")?.value, ["auto", "remote", "embedded"], "auto");
  if (backend === "remote" && !key) {
    throw new AppError("CONFIG_INVALID", "AITTSM_BACKEND is remote, but AITTSM_API_KEY is not set.", {
      hint: "set AITTSM_API_KEY, or remove AITTSM_BACKEND to use the built-in voices without a key",
      details: { setting: "AITTSM_API_KEY" },
    });
  }
  const base = get("AITTSM_BASE_URL", "AITTS_API_URL");
  const publicUrl = get("AITTSM_PUBLIC_URL");
  const modelBaseUrl = get("AITTSM_MODEL_BASE_URL");
  const dataDir = absolutePath("AITTSM_DATA_DIR", get("AITTSM_DATA_DIR")?.value, platformDataDir(env));
  return Object.freeze({
    backend: backend === "auto" ? (key ? "remote" : "embedded") : backend,
    apiKey: key?.value,
    baseUrl: base ? readBaseUrl(base.name, base.value) : HOSTED_SERVICE_URL,
    dataDir,
    outputDir: absolutePath("AITTSM_OUTPUT_DIR", get("AITTSM_OUTPUT_DIR")?.value, defaultOutputDir()),
    defaultVoice: get("AITTSM_DEFAULT_VOICE")?.value,
    toolsets: readToolsets(get("AITTSM_TOOLSETS")?.value),
    logLevel: oneOf("AITTSM_LOG_LEVEL", get("AITTSM_LOG_LEVEL")?.value, LOG_LEVELS, defaults.logLevel ?? "warn"),
    voiceFallback: oneOf("AITTSM_VOICE_FALLBACK", get("AITTSM_VOICE_FALLBACK")?.value, ["none", "nearest"], "none"),
    webhookHosts: list(get("AITTSM_WEBHOOK_HOSTS")?.value ?? ""),
    webhookAllowedHosts: list(get("AITTSM_WEBHOOK_ALLOWED_HOSTS")?.value ?? "").map(readAllowedHost),
    trustedProxies: list(get("AITTSM_TRUSTED_PROXIES")?.value ?? "").map(readProxy),
    host: get("AITTSM_HOST")?.value ?? "127.0.0.1",
    port: wholeNumber("AITTSM_PORT", get("AITTSM_PORT")?.value, [0, 65_535], DEFAULT_PORT),
    publicUrl: publicUrl && readBaseUrl(publicUrl.name, publicUrl.value),
    allowedOrigins: list(get("AITTSM_ALLOWED_ORIGINS")?.value ?? "").map(readOrigin),
    rateLimitPerMinute: wholeNumber(
      "AITTSM_RATE_LIMIT_PER_MINUTE",
      get("AITTSM_RATE_LIMIT_PER_MINUTE")?.value,
      [1, 1_000_000],
      DEFAULT_RATE_LIMIT,
    ),
    maxConcurrentRequests: wholeNumber(
      "AITTSM_MAX_CONCURRENT_REQUESTS",
      get("AITTSM_MAX_CONCURRENT_REQUESTS")?.value,
      [1, 100_000],
      DEFAULT_CONCURRENCY,
    ),
    metricsToken: get("AITTSM_METRICS_TOKEN")?.value,
    elicitation: oneOf("AITTSM_ELICITATION", get("AITTSM_ELICITATION")?.value, ["on", "off"], "on") === "on",
    modelDir: absolutePath("AITTSM_MODEL_DIR", get("AITTSM_MODEL_DIR")?.value, path.join(dataDir, "models")),
    modelBaseUrl: modelBaseUrl && readWebUrl(modelBaseUrl.name, modelBaseUrl.value),
    environment: Object.freeze(
      Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : []))),
    ),
    rateCard: absolutePath("AITTSM_RATE_CARD", get("AITTSM_RATE_CARD")?.value, undefined),
  });
}
