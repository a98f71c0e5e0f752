import { composeClient } from "../compose.ts";
import { readConfig } from "../config.ts";
import { listVoices } from "../contract/voices.ts";
import { readProviders } from "./providers.ts";
import { voiceNotes, voiceTable } from "./voice-table.ts";

export interface VoicesOptions {
  query?: string;
  language?: string;
  provider?: string;
  gender?: "male" | "female" | "neutral";
  available?: boolean;
  json?: boolean;
}

/** `aittsm voices`: the voices that match, one a line, or as JSON; what keeps others from working goes to stderr. */
export async function voices(words: string[], options: VoicesOptions): Promise<void> {
  const { query, language, provider, gender, available, json } = options;
  const { client, close } = composeClient(readConfig());
  try {
    const asked = [...words, ...(query ? [query] : [])].join(" ") || undefined;
    const { data } = await client.call(listVoices, { query: asked, language, provider, gender });
    const found = available ? data.voices.filter((voice) => voice.available !== false) : data.voices;
    if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else process.stdout.write(voiceTable(found));
    for (const warning of data.warnings ?? []) process.stderr.write(`Warning: ${warning}\n`);
    if (!json) {
      const states = provider || available ? [] : await readProviders(client);
      for (const note of voiceNotes(data.voices, states)) process.stderr.write(`${note}\n`);
    }
    if (found.length === 0) process.stderr.write("No voice matches; `aittsm voices` lists all.\n");
  } finally {
    await close();
  }
}
