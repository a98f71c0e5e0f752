import { composeServe } from "../compose-serve.ts";
import { readConfig } from "../config.ts";

/** `aittsm serve`: the service on a socket, until the process is told to stop. */
export async function serve(options: { host?: string; port?: number }): Promise<void> {
  // What is said on the command line goes before the settings, and is checked like them.
  const env = {
    ...process.env,
    ...(options.host !== undefined && { AITTSM_HOST: options.host }),
    ...(options.port !== undefined && { AITTSM_PORT: String(options.port) }),
  };
  const handle = await composeServe(readConfig(env, { logLevel: "info" }));
  process.stdout.write(`aittsm listening on ${handle.url}\n`);
  if (!handle.hasKeys) {
    process.stdout.write(
      "There is no API key yet. Make one, while this runs: aittsm keys create --name NAME --scopes all\n",
    );
  }
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  await handle.close();
  // What is left now (a keep-alive timer of some library) must not hold a supervisor up.
  process.exit(0);
}
