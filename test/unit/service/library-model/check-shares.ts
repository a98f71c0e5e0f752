import { expect } from "vitest";
import { type ModelShare, stateOfCode, stateOfShare } from "./model.ts";
import type { Services } from "./services.ts";

interface Page {
  total: number;
  nextCursor?: string;
}

/** All of a list, page by page, so that the cursors are tried too. Each page must say the same total. */
export async function listed<P extends Page, Item>(
  total: number,
  read: (cursor: string | undefined) => Promise<P>,
  itemsOf: (page: P) => Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    expect(page.total).toBe(total);
    items.push(...itemsOf(page));
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** A share by itself says the same as the model. */
export async function checkShare({ shares }: Services, account: string, share: ModelShare): Promise<void> {
  const whole = await shares.get(account, share.id);
  expect(whole).toMatchObject({
    state: stateOfShare(share),
    permanent: share.permanent,
    codeCount: share.codes.length,
  });
  expect(whole.tracks.map((track) => track.jobId)).toEqual(share.jobs);
}

async function checkCodes({ codes }: Services, account: string, share: ModelShare): Promise<void> {
  const shown = await listed(
    share.codes.length,
    (cursor) => codes.list(account, share.id, { state: "all", limit: 2, cursor }),
    (page) => page.codes,
  );
  const view = shown.map(({ codeId, uses, state }) => ({ codeId, uses, state }));
  expect(view).toEqual(share.codes.map((code) => ({ codeId: code.id, uses: code.uses, state: stateOfCode(code) })));
  for (const state of ["active", "used_up", "disabled", "expired"] as const) {
    const meant = share.codes.filter((code) => stateOfCode(code) === state).map((code) => code.id);
    const page = await codes.list(account, share.id, { state, limit: 100 });
    expect([page.total, page.codes.map((code) => code.codeId)]).toEqual([meant.length, meant]);
  }
}

/** Everything that can be counted of shares says the same as the model. */
export async function checkShares(services: Services, account: string, model: readonly ModelShare[]): Promise<void> {
  for (const state of ["all", "active", "expired", "revoked"] as const) {
    const meant = model.filter((share) => state === "all" || stateOfShare(share) === state);
    const shown = await listed(
      meant.length,
      (cursor) => services.shares.list(account, { state, limit: 2, cursor }),
      (page) => page.shares,
    );
    expect(shown.map(({ shareId, state, trackCount }) => [shareId, state, trackCount]).sort()).toEqual(
      meant.map((share) => [share.id, stateOfShare(share), share.jobs.length]).sort(),
    );
  }
  for (const share of model) {
    await checkShare(services, account, share);
    if (share.codes.length > 0) await checkCodes(services, account, share);
  }
}
