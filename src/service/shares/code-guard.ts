import { AppError } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import type { DatabaseRateLimiter } from "../../store/rate-limiter.ts";

/** Wrong codes in a quarter of an hour before an address has to wait as long. */
export const WRONG_CODES_PER_ADDRESS = 10;
/** Wrong codes in an hour before a share takes none for a while: of 49 bits, that many guesses find nothing. */
export const WRONG_CODES_PER_SHARE = 200;
const HOUR_SECONDS = 60 * 60;
const LOCKOUT_SECONDS = 15 * 60;

/** Limits the guessing of access codes, by who guesses and by what is guessed at. */
export class CodeGuard {
  readonly #store: Store;
  #limiters: Promise<{ address: DatabaseRateLimiter; share: DatabaseRateLimiter }> | undefined;
  #before: Promise<unknown> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Runs `check`, which says whether the code was a wrong one; only those count.
   * @param address whom the guess comes from (an IPv6 network counts as one)
   * @throws AppError RATE_LIMITED without running it, once there were too many.
   */
  attempt<T>(address: string, shareId: string, check: () => Promise<{ wrong: boolean; result: T }>): Promise<T> {
    // One at a time: a class that comes in at once by right codes would use up the limit before it is given back.
    const turn = this.#before.then(() => this.#attempt(address, shareId, check));
    this.#before = turn.catch(() => {});
    return turn;
  }

  async #attempt<T>(address: string, shareId: string, check: () => Promise<{ wrong: boolean; result: T }>): Promise<T> {
    this.#limiters ??= this.#open();
    const limiters = await this.#limiters;
    // Counted first and given back later: guesses in several processes can't all see the last free one.
    const taken: (() => Promise<unknown>)[] = [];
    let wrong = false;
    try {
      for (const [limiter, key] of [
        // The share first: while it takes no codes, a flood of addresses leaves nothing behind.
        [limiters.share, shareId],
        [limiters.address, address],
      ] as const) {
        await limiter.consume(key).catch(refuse);
        taken.push(() => limiter.reward(key));
      }
      const checked = await check();
      wrong = checked.wrong;
      return checked.result;
    } finally {
      if (!wrong) for (const giveBack of taken) await giveBack();
    }
  }

  async #open() {
    const { DatabaseRateLimiter } = await import("../../store/rate-limiter.ts");
    const limiter = (keyPrefix: string, points: number, duration: number) =>
      new DatabaseRateLimiter(this.#store, { keyPrefix, points, duration, blockDuration: LOCKOUT_SECONDS });
    return {
      address: limiter("code-by-address", WRONG_CODES_PER_ADDRESS, LOCKOUT_SECONDS),
      share: limiter("code-by-share", WRONG_CODES_PER_SHARE, HOUR_SECONDS),
    };
  }
}

/** The limiter rejects with its counter when there is nothing left, and with an error when it could not count. */
function refuse(reason: unknown): never {
  if (reason instanceof Error) throw reason;
  const { msBeforeNext } = reason as { msBeforeNext: number };
  const minutes = Math.ceil(msBeforeNext / 60_000);
  throw new AppError("RATE_LIMITED", "There were too many wrong codes.", {
    hint: `try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}`,
    retryAfterMs: msBeforeNext,
  });
}
