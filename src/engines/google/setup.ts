import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { AppError } from "../../errors.ts";
import { authLibraryFile, INSTALL_AUTH_LIBRARY } from "./auth-library.ts";

/** How requests are signed. Survives structured cloning; never leaves the process. */
export type GoogleCredentials =
  | { kind: "api-key"; key: string }
  /** Application-default credentials; without a file they are found as Google's libraries do it. */
  | {
      kind: "adc";
      file?: string;
      /** The project that pays, where the credentials are a person's and name none. */
      quotaProject?: string;
      /** What names them, for errors. */
      source: string;
    };

/** All that calling Google takes. */
export interface GoogleSettings {
  /** Without a trailing slash. */
  endpoint: string;
  credentials: GoogleCredentials;
}

/** The settings, or what is missing. */
export type GoogleSetup = { settings: GoogleSettings } | { whyUnavailable: string; hint: string };

type Variables = Readonly<Record<string, string>>;

export const GOOGLE_VARIABLES = [
  "GOOGLE_API_KEY",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GOOGLE_CLOUD_PROJECT",
  "GOOGLE_CLOUD_QUOTA_PROJECT",
  "GOOGLE_TTS_AUTH",
  "GOOGLE_TTS_ENDPOINT",
  "CLOUDSDK_CONFIG",
  "APPDATA",
] as const;

const DEFAULT_ENDPOINT = "https://texttospeech.googleapis.com";
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

const NOT_SET_UP =
  "set GOOGLE_API_KEY to an API key of a project that has Cloud Text-to-Speech, or GOOGLE_APPLICATION_CREDENTIALS to a credentials file";

/**
 * What the variables set up. The metadata server of Google's machines is asked only where GOOGLE_TTS_AUTH is `adc`, and
 * gcloud's own login counts only together with GOOGLE_CLOUD_PROJECT: having gcloud is not a wish to send texts to Google.
 * @param librariesFrom URL of the module from whose place google-auth-library is looked for
 */
export async function readSetup(variables: Variables, librariesFrom?: string): Promise<GoogleSetup> {
  try {
    const endpoint = readEndpoint(variables.GOOGLE_TTS_ENDPOINT);
    return { settings: { endpoint, credentials: await readCredentials(variables, librariesFrom) } };
  } catch (error) {
    if (error instanceof Missing) return { whyUnavailable: error.message, hint: error.hint };
    throw error;
  }
}

/** The settings. @throws AppError PROVIDER_DISABLED that says what is missing */
export async function requireSettings(variables: Variables, librariesFrom?: string): Promise<GoogleSettings> {
  const setup = await readSetup(variables, librariesFrom);
  if ("settings" in setup) return setup.settings;
  throw new AppError("PROVIDER_DISABLED", setup.whyUnavailable, { hint: setup.hint });
}

class Missing extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

function readEndpoint(value: string | undefined): string {
  if (value === undefined) return DEFAULT_ENDPOINT;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.includes(url.hostname));
  if (!url || !safe || url.username || url.password || url.search || url.hash) {
    const takes = "an https URL without user, password and query, such as https://eu-texttospeech.googleapis.com";
    throw new Missing("GOOGLE_TTS_ENDPOINT is not a URL that credentials may be sent to.", `set it to ${takes}`);
  }
  return (url.origin + url.pathname).replace(/(?:\/v1)?\/*$/, "");
}

async function readCredentials(variables: Variables, librariesFrom?: string): Promise<GoogleCredentials> {
  const { GOOGLE_TTS_AUTH: wish, GOOGLE_API_KEY: key, GOOGLE_APPLICATION_CREDENTIALS: file } = variables;
  if (wish !== undefined && !["api-key", "adc", "off"].includes(wish)) {
    throw new Missing(`GOOGLE_TTS_AUTH is "${wish.slice(0, 40)}".`, "set it to api-key, adc or off, or remove it");
  }
  if (wish === "off") throw new Missing("Google's voices are switched off (GOOGLE_TTS_AUTH is off).", "remove it");
  const hasLibrary = () => authLibraryFile(librariesFrom) !== undefined;
  // A credentials file before a key: GOOGLE_API_KEY is often one of Gemini's, which Cloud Text-to-Speech refuses.
  if (wish !== "adc" && key && (wish === "api-key" || !file || !hasLibrary())) return readKey(key);
  if (wish === "api-key") throw new Missing("GOOGLE_API_KEY is not set.", NOT_SET_UP);
  const gcloudFile = path.join(gcloudFolder(variables), "application_default_credentials.json");
  const found = file
    ? { source: "GOOGLE_APPLICATION_CREDENTIALS", file, kind: await kindOf(file) }
    : wish === "adc" || variables.GOOGLE_CLOUD_PROJECT
      ? await kindOf(gcloudFile).then(
          (kind) => ({ source: "gcloud's application-default login", file: gcloudFile, kind }),
          () => undefined,
        )
      : undefined;
  if (!found && wish !== "adc") throw new Missing("Google's voices are not set up.", NOT_SET_UP);
  if (!hasLibrary()) {
    throw new Missing("Google's credentials need google-auth-library, which is not installed.", INSTALL_AUTH_LIBRARY);
  }
  if (!found) return { kind: "adc", source: "this machine's own credentials" };
  const payer =
    variables.GOOGLE_CLOUD_QUOTA_PROJECT ??
    (found.kind === "authorized_user" ? variables.GOOGLE_CLOUD_PROJECT : undefined);
  return { kind: "adc", source: found.source, file: found.file, ...(payer && { quotaProject: payer }) };
}

function readKey(key: string): GoogleCredentials {
  // A header can carry only visible ASCII: say so here instead of failing at the first call.
  if (/^[\x21-\x7e]+$/.test(key)) return { kind: "api-key", key };
  throw new Missing("GOOGLE_API_KEY holds characters that no API key has.", "copy the key again");
}

/** What kind of credentials a file has, e.g. `service_account` or `authorized_user`. */
async function kindOf(file: string): Promise<string> {
  const hint = "set it to the path of a credentials file, as the Cloud console or gcloud writes it";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Missing(`GOOGLE_APPLICATION_CREDENTIALS names ${file}, which can't be read (${code}).`, hint);
  }
  const type = typeOf(text);
  if (typeof type === "string") return type;
  throw new Missing(`GOOGLE_APPLICATION_CREDENTIALS names ${file}, which is not a credentials file.`, hint);
}

/** Nothing of a wrong file may get into an error: it can hold a key. */
function typeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type;
  } catch {
    return undefined;
  }
}

/** Where gcloud keeps its files. */
function gcloudFolder({ CLOUDSDK_CONFIG, APPDATA }: Variables): string {
  if (CLOUDSDK_CONFIG) return CLOUDSDK_CONFIG;
  const base = process.platform === "win32" ? APPDATA : path.join(homedir(), ".config");
  return path.join(base ?? homedir(), "gcloud");
}
