import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import type { Measured } from "../harness/figure.ts";
import { SpawnedServer } from "../harness/server.ts";

/** Tokens of the list of the generation group's four tools as it is sent, in the costlier of two encodings. */
export async function toolTokens(): Promise<Measured> {
  const server = await SpawnedServer.spawn({ env: { AITTSM_TOOLSETS: "generation" } });
  try {
    await server.initialize();
    const tools = JSON.stringify(await server.listTools());
    return { value: Math.max(cl100k(tools), o200k(tools)), unit: "tokens" };
  } finally {
    await server.close();
  }
}
