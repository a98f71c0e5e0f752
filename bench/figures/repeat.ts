import { randomUUID } from "node:crypto";
import { ratioOf, timed } from "../harness/interleave.ts";
import { SpawnedServer } from "../harness/server.ts";

/** The same request with the same idempotency key a second time, against the first time; the shortest of texts. */
export async function repeatOfKey() {
  const server = await SpawnedServer.started();
  let key = randomUUID();
  const speak = () => server.speak({ text: "Hello world!", idempotency_key: key });
  const rounds = { rounds: 40, warmUps: 10 };
  try {
    await speak();
    return await ratioOf(
      {
        what: "repeat",
        once: () =>
          timed(async () => {
            const { idempotent_replay } = await speak();
            if (!idempotent_replay) throw new Error("the repeat made a new job");
          }),
      },
      {
        what: "first call",
        once: () => {
          key = randomUUID();
          return timed(speak);
        },
      },
      rounds,
    );
  } finally {
    await server.close();
  }
}
