import { AppError } from "../../errors.ts";
import type { EngineContext } from "../engine.ts";
import { installCommand, loadSdk, sdkFile } from "./sdk.ts";

/** The names that AWS's own SDKs and command line read. */
export const POLLY_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_CONFIG_FILE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL_POLLY",
  "AWS_ENDPOINT_URL",
] as const;

export type PollyCredentials =
  | { kind: "keys"; accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  | { kind: "profile"; profile: string; credentialsFile?: string; configFile?: string };

/** All that it takes to call Polly; survives structured cloning. */
export interface PollySettings {
  /** Absolute path of the SDK's main file. */
  sdk: string;
  region: string;
  endpoint?: string;
  credentials: PollyCredentials;
}

/** What is missing, and the way out. */
export interface NotSetUp {
  whyUnavailable: string;
  hint: string;
}

type Context = Pick<EngineContext, "variables" | "modelDir">;

/**
 * Reads the set-up from variables: keys or a profile must be named there, and neither the metadata of the machine nor a
 * profile called "default" is looked for unasked. Asks nobody on the network.
 * @param sdkFrom URL of the module from whose place the SDK is looked for; default: this engine
 */
export async function readSetup(context: Context, sdkFrom?: string): Promise<{ settings: PollySettings } | NotSetUp> {
  const { variables, modelDir } = context;
  const credentials = readCredentials(variables);
  if ("hint" in credentials) return credentials;
  const sdk = sdkFile(modelDir, sdkFrom);
  if (!sdk) {
    return {
      whyUnavailable: "AWS's library for Amazon Polly is not installed.",
      hint: `run: ${installCommand(modelDir)}`,
    };
  }
  const endpoint = readEndpoint(variables);
  if (typeof endpoint === "object") return endpoint;
  const region = variables.AWS_REGION ?? variables.AWS_DEFAULT_REGION ?? (await regionOfProfile(sdk, credentials));
  if (!region || !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    const problem = region ? `"${region.slice(0, 50)}" is no AWS region.` : "no AWS region is set.";
    return { whyUnavailable: problem, hint: "set AWS_REGION to a region that has Amazon Polly, such as us-east-1" };
  }
  return { settings: { sdk, region, ...(endpoint && { endpoint }), credentials } };
}

/** As `readSetup`. @throws AppError PROVIDER_DISABLED with the way out */
export async function requireSettings(context: Context, sdkFrom?: string): Promise<PollySettings> {
  const setup = await readSetup(context, sdkFrom);
  if ("settings" in setup) return setup.settings;
  throw new AppError("PROVIDER_DISABLED", `Amazon Polly can't speak here: ${setup.whyUnavailable}`, {
    hint: setup.hint,
    details: { provider: "polly" },
  });
}

/** A profile comes before keys, as in AWS's SDK. */
function readCredentials(variables: Context["variables"]): PollyCredentials | NotSetUp {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
  const { AWS_PROFILE: profile, AWS_SESSION_TOKEN: sessionToken } = variables;
  if (profile) {
    const { AWS_SHARED_CREDENTIALS_FILE: credentialsFile, AWS_CONFIG_FILE: configFile } = variables;
    return { kind: "profile", profile, ...(credentialsFile && { credentialsFile }), ...(configFile && { configFile }) };
  }
  if (accessKeyId && secretAccessKey) {
    return { kind: "keys", accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  if (!accessKeyId && !secretAccessKey) {
    return {
      whyUnavailable: "no AWS credentials are set.",
      hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and AWS_REGION",
    };
  }
  const missing = accessKeyId ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
  return { whyUnavailable: `${missing} is not set, but its other half is.`, hint: `set ${missing}, too` };
}

function readEndpoint(variables: Context["variables"]): string | NotSetUp | undefined {
  for (const name of ["AWS_ENDPOINT_URL_POLLY", "AWS_ENDPOINT_URL"] as const) {
    const value = variables[name];
    if (value === undefined) continue;
    if (URL.canParse(value) && /^https?:/.test(value)) return value;
    return { whyUnavailable: `${name} is no URL.`, hint: `set ${name} to an https URL, or remove it` };
  }
  return undefined;
}

/** What the user's AWS configuration file says of the profile; a local file, read by the SDK. */
async function regionOfProfile(sdk: string, credentials: PollyCredentials): Promise<string | undefined> {
  const { PollyClient } = await loadSdk(sdk);
  const client = new PollyClient(credentials.kind === "profile" ? { profile: credentials.profile } : {});
  try {
    return await client.config.region();
  } catch {
    return undefined; // "Region is missing": said by the caller, with the way out.
  } finally {
    client.destroy();
  }
}
