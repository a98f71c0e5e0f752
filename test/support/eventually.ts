import { setTimeout as sleep } from "node:timers/promises";

/** What is waited for on a slow machine before a test gives up. Nothing is expected to take so long. */
export const PATIENCE_MS = 60_000;

/** Asks until there is an answer other than undefined, null or false. @throws when none comes in time. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; ) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not in ${patienceMs / 1000} s`);
    await sleep(50);
  }
}
