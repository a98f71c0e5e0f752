import { spawn } from "node:child_process";
import { once } from "node:events";
import { ratioOf, timed } from "../harness/interleave.ts";
import { plainEnv, SpawnedServer } from "../harness/server.ts";

/** Spawn → initialize → tools/list answered, with a fresh data folder, against Node starting and doing nothing. */
export async function startUp() {
  return ratioOf(
    {
      what: "spawn to tools/list",
      once: async () => {
        let server: SpawnedServer | undefined;
        const ms = await timed(async () => {
          server = await SpawnedServer.started();
        });
        await server!.close();
        return ms;
      },
    },
    {
      what: "node -e 0",
      once: () => timed(() => once(spawn(process.execPath, ["-e", "0"], { env: plainEnv(), stdio: "ignore" }), "exit")),
    },
    { rounds: 15, warmUps: 2 },
  );
}
