import { composeClient } from "../compose.ts";
import { readConfig } from "../config.ts";
import { listVoices } from "../contract/voices.ts";

/** `aittsm voices`: the voices that match, one a line, or as JSON. */
export async function voices(words: string[], options: { language?: string; json?: boolean }): Promise<void> {
  const { client, close } = composeClient(readConfig());
  try {
    const { data } = await client.call(listVoices, { query: words.join(" ") || undefined, language: options.language });
    if (options.json) {
      process.stdout.write(`${JSON.stringify(data.voices, null, 2)}\n`);
      return;
    }
    const width = Math.max(0, ...data.voices.map(({ voice_id }) => voice_id.length));
    for (const { voice_id, gender, characteristics, available, why_unavailable } of data.voices) {
      const note = available === false ? `not available: ${why_unavailable}` : (characteristics.accent ?? "");
      process.stdout.write(`${voice_id.padEnd(width)}  ${gender.padEnd(7)}  ${note}\n`);
    }
    if (data.voices.length === 0) process.stderr.write("No voice matches; `aittsm voices` lists all.\n");
  } finally {
    await close();
  }
}
