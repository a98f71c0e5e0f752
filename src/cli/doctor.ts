import type { Client } from "../client/client.ts";
import { composeClient } from "../compose.ts";
import { type Config, readConfig } from "../config.ts";
import { listVoices } from "../contract/voices.ts";
import { AppError, toAppError } from "../errors.ts";
import { MODELS } from "../models/catalogue.ts";
import { inspectModel } from "../models/inspect.ts";
import { weightOf } from "../models/pull.ts";
import { VERSION } from "../version.ts";
import { readProviders } from "./providers.ts";

const TEST_SENTENCE = "Hello world!";

/** `aittsm doctor`: tries each part and says what is wrong and what would help. Exit status 1 when something is. */
export async function doctor(): Promise<void> {
  const line = (good: boolean, text: string) => {
    process.stdout.write(`${good ? "ok     " : "FAILED "} ${text}\n`);
    if (!good) process.exitCode = 1;
  };
  const attempt = async <T>(what: string, run: () => Promise<T> | T, tell: (result: T) => string) => {
    try {
      const result = await run();
      line(true, `${what}: ${tell(result)}`);
      return result;
    } catch (thrown) {
      const { code, message, hint } = toAppError(thrown);
      line(false, `${what}: ${code}: ${message}${hint ? ` Hint: ${hint}.` : ""}`);
      return undefined;
    }
  };

  line(true, `aittsm ${VERSION}, Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  const config = await attempt("settings", () => readConfig(), describeConfig);
  if (!config) return;
  const { client, close } = composeClient(config);
  try {
    await attempt(
      "voices",
      () => client.call(listVoices, {}),
      ({ data }) => [`${data.voices.length}`, ...(data.warnings ?? [])].join("; "),
    );
    await describeProviders(client);
    await describeModels(config.modelDir, line);
    // A remote service would charge for the test.
    if (config.backend === "remote") return;
    for (const output_format of ["wav", "mp3", "ogg_opus"] as const) {
      await attempt(
        `speech as ${output_format}`,
        async () => {
          const { answer } = await client.submit({ text: TEST_SENTENCE, output_format });
          const { job, problem } = await client.wait(answer.job_id, { seconds: 55 });
          if (problem) throw problem;
          if (job.status === "completed") return { job, warnings: answer.warnings ?? [] };
          throw new AppError("GENERATION_FAILED", job.error?.message ?? `The job is still ${job.status}.`);
        },
        ({ job, warnings }) => [`${job.duration_seconds} s, ${job.file_path}`, ...warnings].join("; "),
      );
    }
  } finally {
    await close();
  }
}

/** A line for each provider. One that is not set up is no fault: it says what to do for it. */
async function describeProviders(client: Client): Promise<void> {
  for (const provider of await readProviders(client)) {
    const { id, available, local, why_unavailable = "", hint = "" } = provider;
    const where = local ? "on this machine" : "elsewhere: it is sent the text, and may cost money";
    const state = available ? `works, ${where}` : `${why_unavailable.replace(/\.$/, "")}. To use it: ${hint}`;
    process.stdout.write(`${available ? "ok     " : "off    "} provider ${id}: ${state}\n`);
  }
}

/** A line for each model that is installed, wholly or not; what is not there is told by its provider's line. */
async function describeModels(modelDir: string, line: (good: boolean, text: string) => void): Promise<void> {
  for (const entry of MODELS) {
    const { id, manifest, problem, runtime } = await inspectModel(entry, modelDir);
    if (problem) line(false, `model ${id}: ${problem}`);
    if (!manifest) continue;
    const without = `; without its runtime ${runtime.package} ${runtime.version}: run aittsm models pull ${id}`;
    line(true, `model ${id}: ${manifest.name}, ${weightOf(manifest)}${runtime.ready ? "" : without}`);
  }
}

function describeConfig(config: Config): string {
  return config.backend === "remote"
    ? `remote, ${config.baseUrl}`
    : `embedded, data in ${config.dataDir}, files saved to ${config.outputDir}`;
}
