import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

type Client = typeof import("@aws-sdk/client-polly");
type HttpHandlers = typeof import("@smithy/node-http-handler");
type ProfileReaders = typeof import("@aws-sdk/credential-provider-ini");

/** What is used of @aws-sdk/client-polly and the packages that come with it. */
export type PollySdk = Pick<Client, "PollyClient" | "DescribeVoicesCommand" | "SynthesizeSpeechCommand"> &
  Pick<HttpHandlers, "NodeHttpHandler">;

const PACKAGE = "@aws-sdk/client-polly";

/** A folder that outlives any way of starting this program, npx among them: below the models'. */
const ownFolder = (modelDir: string) => path.join(modelDir, "polly");

/** The command that puts the SDK where it is found. */
export const installCommand = (modelDir: string): string =>
  `npm install --prefix "${ownFolder(modelDir)}" ${PACKAGE}@3`;

/**
 * Where the SDK is: beside this program, or where `installCommand` puts it; undefined when it is not installed. Never
 * looked for in the working directory, whose code is not ours to run. Loads nothing.
 * @param from URL of the module from whose place it is looked for; default: this one
 */
export function sdkFile(modelDir: string, from: string = import.meta.url): string | undefined {
  const places = [from, path.join(ownFolder(modelDir), "package.json")];
  return places.map((place) => resolve(PACKAGE, place)).find((file) => file !== undefined);
}

function resolve(name: string, from: string): string | undefined {
  try {
    return fileOf(name, from);
  } catch {
    return undefined;
  }
}

/** Loads the SDK that `sdkFile` has found. By its path, so that it stays out of the bundle. */
export async function loadSdk(file: string): Promise<PollySdk> {
  const [client, handlers] = await Promise.all([
    load<Client>(file),
    // The client's own handler speaks HTTP/2 only, which endpoints of one's own (AWS_ENDPOINT_URL) mostly do not.
    load<HttpHandlers>(fileOf("@smithy/node-http-handler", file)),
  ]);
  const { PollyClient, DescribeVoicesCommand, SynthesizeSpeechCommand } = client;
  return { PollyClient, DescribeVoicesCommand, SynthesizeSpeechCommand, NodeHttpHandler: handlers.NodeHttpHandler };
}

/**
 * The SDK's reader of profiles, which comes with its chain of credentials. The chain as a whole would go on to ask the
 * instance's metadata service when a profile has none.
 */
export async function loadProfileReader(file: string): Promise<ProfileReaders["fromIni"]> {
  const chain = fileOf("@aws-sdk/credential-provider-node", file);
  return (await load<ProfileReaders>(fileOf("@aws-sdk/credential-provider-ini", chain))).fromIni;
}

const fileOf = (name: string, from: string): string => createRequire(from).resolve(name);

async function load<T>(file: string): Promise<T> {
  const module = (await import(pathToFileURL(file).href)) as T & { default?: T };
  // CommonJS: all names are on the default export, only some beside it.
  return module.default ?? module;
}
