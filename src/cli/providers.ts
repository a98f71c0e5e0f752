import type { Client } from "../client/client.ts";
import type { OutputOf } from "../contract/operation.ts";
import { listProviders } from "../contract/providers.ts";
import { AppError } from "../errors.ts";

export type ProviderState = OutputOf<typeof listProviders>["providers"][number];

/** What the service tells of its providers; nothing where it does not know the question. */
export async function readProviders(client: Client): Promise<ProviderState[]> {
  try {
    return (await client.call(listProviders, {})).data.providers;
  } catch (error) {
    if (error instanceof AppError && error.code === "NOT_SUPPORTED_BY_SERVER") return [];
    throw error;
  }
}
