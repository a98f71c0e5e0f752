import fc from "fast-check";
import { expect } from "vitest";
import { checkShare } from "./check-shares.ts";
import { type Model, type ModelJob, type ModelShare, stateOfCode, stateOfShare } from "./model.ts";
import { refused, type Services } from "./services.ts";

/** What is wrong with an order of tracks that is asked for. */
type Flaw = "none" | "missing" | "unknown" | "twice";

export type ShareOperation =
  | { do: "share"; jobs: number[]; byCode: boolean; life: "week" | "permanent" | "both"; flaw: Flaw }
  | { do: "tracks"; share: number; add: number[]; remove: number[]; days?: number }
  | { do: "reorder"; share: number; turn: number; flaw: Flaw }
  | { do: "permanent"; share: number; on: boolean }
  | { do: "timePasses"; share: number }
  | { do: "revoke"; share: number; dryRun: boolean }
  | { do: "bulkRevoke"; shares: number[]; state?: "active" | "expired"; dryRun: boolean }
  | { do: "codes"; share: number; count: number; maxUses: number }
  | { do: "enter"; share: number; code: number }
  | { do: "switchCode"; share: number; code: number; on: boolean }
  | { do: "limitCode"; share: number; code: number; maxUses: number }
  | { do: "deleteCode"; share: number; code: number; dryRun: boolean };

/** One time in ten. */
export const rarely = () => fc.nat(9).map((n) => n === 0);

const few = fc.nat(2);
const jobs = fc.array(fc.nat(5), { minLength: 1, maxLength: 3 });
const someJobs = fc.array(fc.nat(5), { maxLength: 3 });
const flaw = fc.oneof(
  { weight: 6, arbitrary: fc.constant("none") },
  fc.constantFrom("missing", "unknown", "twice"),
) as fc.Arbitrary<Flaw>;
const life = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("week", "permanent") },
  fc.constant("both"),
) as fc.Arbitrary<"week" | "permanent" | "both">;

export const shareOperation: fc.Arbitrary<ShareOperation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("share"), jobs, byCode: fc.boolean(), life, flaw }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("tracks"),
      share: few,
      add: someJobs,
      remove: someJobs,
      days: fc.option(fc.constant(3), { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reorder"), share: few, turn: fc.nat(3), flaw }) },
  fc.record({ do: fc.constant("permanent"), share: few, on: fc.boolean() }),
  fc.record({ do: fc.constant("timePasses"), share: few }),
  fc.record({ do: fc.constant("revoke"), share: few, dryRun: rarely() }),
  fc.record({
    do: fc.constant("bulkRevoke"),
    shares: fc.array(few, { maxLength: 2 }),
    state: fc.option(fc.constantFrom("active", "expired"), { nil: undefined }),
    dryRun: fc.boolean(),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("codes"),
      share: few,
      count: fc.integer({ min: 1, max: 3 }),
      maxUses: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("enter"), share: few, code: few }) },
  fc.record({ do: fc.constant("switchCode"), share: few, code: few, on: fc.boolean() }),
  fc.record({ do: fc.constant("limitCode"), share: few, code: few, maxUses: fc.nat(2) }),
  fc.record({ do: fc.constant("deleteCode"), share: few, code: few, dryRun: rarely() }),
) as fc.Arbitrary<ShareOperation>;

/** The code by which a job is refused as a track; undefined for one that can be one. */
function unfit({ bytes, status }: ModelJob): string | undefined {
  if (bytes > 0) return undefined;
  return status === "completed" ? "AUDIO_DELETED" : "JOB_NOT_COMPLETED";
}

/** The ids with something wrong about them, and the code that they are refused with. */
function flawed(ids: readonly string[], flaw: Flaw, missing: string): { ids: string[]; problem?: string } {
  if (flaw === "missing") return { ids: ids.slice(1), problem: missing };
  if (flaw === "unknown") return { ids: [...ids.slice(1), "no-job"], problem: missing };
  if (flaw === "twice") return { ids: [...ids, ids[0]!], problem: "INVALID_INPUT" };
  return { ids: [...ids] };
}

/** Does an operation to the services and to the model, and expects of both the same. */
export async function runShareOperation(
  services: Services,
  account: string,
  model: Model,
  op: ShareOperation,
): Promise<void> {
  if (op.do === "share") return create(services, account, model, op);
  if (op.do === "bulkRevoke") return bulkRevoke(services, account, model, op);
  const share = model.shares[op.share % model.shares.length];
  if (!share) return refused(services.shares.get(account, "no-share"), "NOT_FOUND");
  if ("code" in op) return useCode(services, account, model, share, op);
  return change(services, account, model, share, op);
}

async function create(
  { shares }: Services,
  account: string,
  model: Model,
  op: Extract<ShareOperation, { do: "share" }>,
): Promise<void> {
  const picked = [...new Set(op.jobs.flatMap((i) => model.jobs[i % model.jobs.length] ?? []))];
  if (picked.length === 0) return;
  const order = picked.map((job) => job.id);
  const { ids, problem } = flawed(order, op.flaw === "missing" ? "none" : op.flaw, "NOT_FOUND");
  const days = op.life === "both" ? { expiresInDays: 3 } : {};
  const input = { access: op.byCode ? "code" : "public", permanent: op.life !== "week", ...days } as const;
  const call = shares.create(account, { jobIds: ids, ...input }, undefined);
  // In this order: what the input alone shows to be wrong, jobs that are not there, jobs that can't be tracks.
  const worst = op.life === "both" ? "INVALID_INPUT" : (problem ?? picked.map(unfit).find((code) => code));
  if (worst) return refused(call, worst);
  const { share } = await call;
  expect(share.permanent).toBe(op.life === "permanent");
  const state = { permanent: op.life === "permanent", expired: false, revoked: false };
  model.shares.push({ id: share.shareId, jobs: ids, ...state, codes: [] });
}

/** What one share's owner does to it. Nothing can be changed of one that was revoked. */
async function change(
  services: Services,
  account: string,
  model: Model,
  share: ModelShare,
  op: Exclude<ShareOperation, { code: number } | { do: "share" | "bulkRevoke" }>,
): Promise<void> {
  const { shares, codes, store } = services;
  const idsOf = (indexes: number[]) => [
    ...new Set(indexes.flatMap((i) => model.jobs[i % model.jobs.length]?.id ?? [])),
  ];
  const settle = async (call: Promise<unknown>, problem: string | undefined, apply: () => void) => {
    const code = share.revoked ? "SHARE_EXPIRED" : problem;
    if (!code) {
      await call;
      return apply();
    }
    await refused(call, code);
    await checkShare(services, account, share);
  };
  switch (op.do) {
    case "tracks": {
      const [add, remove] = [idsOf(op.add), idsOf(op.remove)];
      const left = [...new Set([...share.jobs.filter((id) => !remove.includes(id)), ...add])];
      const added = add.map((id) => model.jobs.find((job) => job.id === id)!);
      const emptied = add.length + remove.length > 0 && left.length === 0;
      const wrong = emptied || add.some((id) => remove.includes(id));
      const problem = wrong ? "INVALID_INPUT" : added.map(unfit).find((code) => code);
      const call = shares.update(account, share.id, { addJobIds: add, removeJobIds: remove, expiresInDays: op.days });
      return settle(call, problem, () => {
        share.jobs = left;
        if (op.days) Object.assign(share, { permanent: false, expired: false });
      });
    }
    case "reorder": {
      const turned = [...share.jobs.slice(op.turn), ...share.jobs.slice(0, op.turn)];
      if (turned.length === 0) return;
      const { ids, problem } = flawed(turned, op.flaw, "INVALID_INPUT");
      const call = shares.reorder(account, share.id, ids);
      // What the ids alone show to be wrong is said before the share is looked at.
      if (op.flaw === "twice") return refused(call, "INVALID_INPUT");
      return settle(call, problem, () => (share.jobs = turned));
    }
    case "permanent":
      return settle(shares.setPermanent(account, share.id, op.on), undefined, () =>
        Object.assign(share, { permanent: op.on, expired: false }),
      );
    case "timePasses": {
      if (share.permanent) return;
      await store.updateTable("shares").set({ expires_at: 1 }).where("share_id", "=", share.id).execute();
      share.expired = true;
      return;
    }
    case "revoke": {
      const { revoked } = await shares.revoke(account, share.id, op.dryRun);
      share.revoked ||= !op.dryRun;
      return expect(revoked).toBe(share.revoked);
    }
    case "codes": {
      const call = codes.create(account, share.id, { count: op.count, maxUses: op.maxUses || undefined });
      const made = share.revoked ? [] : (await call).codes;
      return settle(call, undefined, () => {
        expect(made).toHaveLength(op.count);
        share.codes.push(
          ...made.map(({ codeId: id, code }) => ({ id, code, uses: 0, maxUses: op.maxUses, enabled: true })),
        );
      });
    }
  }
}

async function bulkRevoke(
  { shares }: Services,
  account: string,
  model: Model,
  { shares: indexes, state, dryRun }: Extract<ShareOperation, { do: "bulkRevoke" }>,
): Promise<void> {
  const named = [...new Set(indexes.flatMap((i) => model.shares[i % model.shares.length] ?? []))];
  const shareIds = named.length > 0 ? [...named.map((share) => share.id), "no-share"] : undefined;
  const call = shares.bulkRevoke(account, { shareIds, state }, dryRun);
  if ((shareIds === undefined) === (state === undefined)) return refused(call, "INVALID_INPUT");
  const meant = shareIds
    ? named.filter((share) => !share.revoked)
    : model.shares.filter((share) => stateOfShare(share) === state);
  const { revoked, skipped } = await call;
  expect([...revoked].sort()).toEqual(meant.map((share) => share.id).sort());
  expect(skipped).toHaveLength(shareIds ? shareIds.length - meant.length : 0);
  if (!dryRun) for (const share of meant) share.revoked = true;
}

/** Codes can be entered and changed whatever became of their share: its visits look at that first. */
async function useCode(
  { codes }: Services,
  account: string,
  model: Model,
  share: ModelShare,
  op: Extract<ShareOperation, { code: number }>,
): Promise<void> {
  const index = op.code % share.codes.length;
  const code = share.codes[index];
  if (!code) {
    expect(await codes.consume(share.id, "AAAAA-AAAAA")).toBe("unknown");
    return refused(codes.delete(account, share.id, "no-code", false), "NOT_FOUND");
  }
  const other = model.shares.find((one) => one !== share);
  switch (op.do) {
    case "enter": {
      if (other) expect(await codes.consume(other.id, code.code)).toBe("unknown");
      const state = stateOfCode(code);
      expect(await codes.consume(share.id, code.code.toLowerCase())).toEqual(
        state === "active" ? { codeId: code.id } : state,
      );
      if (state === "active") code.uses += 1;
      return;
    }
    case "switchCode":
      await codes.update(account, share.id, code.id, { enabled: op.on });
      code.enabled = op.on;
      return;
    case "limitCode":
      await codes.update(account, share.id, code.id, { maxUses: op.maxUses });
      code.maxUses = op.maxUses;
      return;
    case "deleteCode": {
      if (other) await refused(codes.delete(account, other.id, code.id, false), "NOT_FOUND");
      expect(await codes.delete(account, share.id, code.id, op.dryRun)).toMatchObject({ uses: code.uses });
      if (!op.dryRun) share.codes.splice(index, 1);
    }
  }
}
