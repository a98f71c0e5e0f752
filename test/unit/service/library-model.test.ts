import fc from "fast-check";
import { afterAll, beforeAll, it } from "vitest";
import { check, checkSums } from "./library-model/check.ts";
import { emptyModel } from "./library-model/model.ts";
import { beginning, operation, run } from "./library-model/operations.ts";
import { openServices, type Services } from "./library-model/services.ts";

/** Sequences of operations that are tried, each on accounts of its own in one database. */
const SEQUENCES = 2_000;

let services: Services;
beforeAll(async () => {
  services = await openServices();
});
afterAll(() => services.close());

it(`keeps counts, sums, tracks and search consistent over ${SEQUENCES} sequences of operations`, async () => {
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(beginning, fc.array(operation, { minLength: 3, maxLength: 20 }), async (first, operations) => {
      sequence += 1;
      const account = `a${sequence}`;
      await services.store
        .insertInto("accounts")
        .values({ account_id: account, unlimited: 1, credit_balance: 0 })
        .execute();
      const model = emptyModel();
      for (const op of [...first, ...operations]) await run(services, account, model, op);
      await check(services, account, model);
    }),
    { numRuns: SEQUENCES },
  );
  await checkSums(services);
}, 240_000);
