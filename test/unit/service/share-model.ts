import path from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { AccessCodeService } from "../../../src/service/shares/access-codes.ts";
import { ShareLinks } from "../../../src/service/shares/share-links.ts";
import { ShareService } from "../../../src/service/shares/shares.ts";
import type { Store } from "../../../src/store/database.ts";
import { openSigner } from "../../../src/store/secrets.ts";
import { temporaryFolder } from "../../support/folders.ts";

/** What must be true of a share, kept by the test. */
export interface ModelShare {
  id: string;
  /** Its tracks in their order. */
  jobs: string[];
  revoked: boolean;
  codes: { id: string; code: string; uses: number; maxUses: number; enabled: boolean }[];
}

/** What the shares' operations need to know of a job. */
interface SharedJob {
  id: string;
  bytes: number;
  running: boolean;
}

export type ShareOperation =
  | { do: "share"; jobs: number[]; byCode: boolean }
  | { do: "addTracks" | "removeTracks"; share: number; jobs: number[] }
  | { do: "reorder"; share: number; turn: number; leaveOut: boolean }
  | { do: "revoke"; share: number; dryRun: boolean }
  | { do: "bulkRevoke"; shares: number[]; state?: "active" | "expired"; dryRun: boolean }
  | { do: "codes"; share: number; count: number; maxUses: number }
  | { do: "enter"; share: number; code: number }
  | { do: "switchCode"; share: number; code: number; on: boolean }
  | { do: "deleteCode"; share: number; code: number; dryRun: boolean };

const few = fc.nat(2);
const jobs = fc.array(fc.nat(5), { minLength: 1, maxLength: 3 });
const rarely = () => fc.nat(9).map((n) => n === 0);

export const shareOperation: fc.Arbitrary<ShareOperation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("share"), jobs, byCode: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("addTracks", "removeTracks"), share: few, jobs }) },
  fc.record({ do: fc.constant("reorder"), share: few, turn: fc.nat(3), leaveOut: rarely() }),
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
  fc.record({ do: fc.constant("deleteCode"), share: few, code: few, dryRun: rarely() }),
) as fc.Arbitrary<ShareOperation>;

/** The services that a sequence calls, with a key of their own. */
export async function openShares(store: Store) {
  const folder = temporaryFolder();
  const signer = await openSigner(folder, path.join(folder, "none"));
  const origin = async () => "http://127.0.0.1:1";
  const links = new ShareLinks(signer, { audio: origin, stream: origin });
  return { shares: new ShareService({ store, links, linkWarnings: [] }), codes: new AccessCodeService(store, signer) };
}
export type Services = Awaited<ReturnType<typeof openShares>>;

const refused = async (call: Promise<unknown>, code: string) =>
  void (await expect(call).rejects.toMatchObject({ code }));

/** The code by which a job is refused as a track; undefined for one that can be one. */
const unfit = ({ bytes, running }: SharedJob) =>
  bytes > 0 ? undefined : running ? "JOB_NOT_COMPLETED" : "AUDIO_DELETED";

/** Does an operation to the services and to the model, and expects of both the same. */
export async function runShareOperation(
  { shares, codes }: Services,
  account: string,
  model: ModelShare[],
  known: readonly SharedJob[],
  op: ShareOperation,
): Promise<void> {
  // Modulo, so that nearly every operation has something to do.
  const pick = (indexes: number[]) => [...new Set(indexes.flatMap((i) => known[i % known.length] ?? []))];
  if (op.do === "share") {
    const picked = pick(op.jobs);
    if (picked.length === 0) return;
    const jobIds = picked.map((job) => job.id);
    const call = shares.create(account, { jobIds, access: op.byCode ? "code" : "public" }, undefined);
    const problem = picked.map(unfit).find((code) => code !== undefined);
    if (problem) return refused(call, problem);
    model.push({ id: (await call).share.shareId, jobs: jobIds, revoked: false, codes: [] });
    return;
  }
  if (op.do === "bulkRevoke") return bulkRevoke(shares, account, model, op);
  const share = model[op.share % model.length];
  if (!share) return;
  const change = async (call: Promise<unknown>, apply: () => void) => {
    if (share.revoked) return refused(call, "SHARE_EXPIRED");
    await call;
    apply();
  };
  switch (op.do) {
    case "addTracks": {
      const picked = pick(op.jobs);
      if (picked.length === 0) return;
      const ids = picked.map((job) => job.id);
      const call = shares.update(account, share.id, { addJobIds: ids });
      const problem = picked.map(unfit).find((code) => code !== undefined);
      if (problem && !share.revoked) return refused(call, problem);
      return change(call, () => {
        share.jobs = [...new Set([...share.jobs, ...ids])];
      });
    }
    case "removeTracks": {
      const ids = pick(op.jobs).map((job) => job.id);
      if (ids.length === 0) return;
      const left = share.jobs.filter((id) => !ids.includes(id));
      const call = shares.update(account, share.id, { removeJobIds: ids });
      if (left.length === 0 && !share.revoked) return refused(call, "INVALID_INPUT");
      return change(call, () => {
        share.jobs = left;
      });
    }
    case "reorder": {
      const turned = [...share.jobs.slice(op.turn), ...share.jobs.slice(0, op.turn)];
      if (turned.length === 0) return;
      if (!op.leaveOut) return change(shares.reorder(account, share.id, turned), () => (share.jobs = turned));
      const wrong = [...turned.slice(1), "no-job"];
      return refused(shares.reorder(account, share.id, wrong), share.revoked ? "SHARE_EXPIRED" : "INVALID_INPUT");
    }
    case "revoke": {
      const { revoked } = await shares.revoke(account, share.id, op.dryRun);
      share.revoked ||= !op.dryRun;
      expect(revoked).toBe(share.revoked);
      return;
    }
    case "codes": {
      const maxUses = op.maxUses || undefined;
      const call = codes.create(account, share.id, { count: op.count, maxUses });
      return change(call, async () => {}).then(async () => {
        if (share.revoked) return;
        for (const { codeId, code } of (await call).codes) {
          share.codes.push({ id: codeId, code, uses: 0, maxUses: op.maxUses, enabled: true });
        }
      });
    }
    default:
      return useCode(codes, account, share, op);
  }
}

async function bulkRevoke(
  shares: ShareService,
  account: string,
  model: ModelShare[],
  { shares: indexes, state, dryRun }: Extract<ShareOperation, { do: "bulkRevoke" }>,
): Promise<void> {
  const named = [...new Set(indexes.flatMap((i) => model[i % model.length] ?? []))];
  const shareIds = named.length > 0 ? [...named.map((share) => share.id), "no-share"] : undefined;
  const call = shares.bulkRevoke(account, { shareIds, state }, dryRun);
  if ((shareIds === undefined) === (state === undefined)) return refused(call, "INVALID_INPUT");
  const meant = (shareIds ? named : state === "active" ? model : []).filter((share) => !share.revoked);
  const { revoked, skipped } = await call;
  expect([...revoked].sort()).toEqual(meant.map((share) => share.id).sort());
  expect(skipped).toHaveLength(shareIds ? shareIds.length - meant.length : 0);
  if (!dryRun) for (const share of meant) share.revoked = true;
}

async function useCode(
  codes: AccessCodeService,
  account: string,
  share: ModelShare,
  op: Extract<ShareOperation, { code: number }>,
): Promise<void> {
  const index = op.code % share.codes.length;
  const code = share.codes[index];
  if (!code) return void expect(await codes.consume(share.id, "AAAAA-AAAAA")).toBe("unknown");
  if (op.do === "enter") {
    const answer = await codes.consume(share.id, code.code.toLowerCase());
    const spent = code.maxUses > 0 && code.uses >= code.maxUses;
    if (!code.enabled) expect(answer).toBe("disabled");
    else if (spent) expect(answer).toBe("used_up");
    else {
      expect(answer).toEqual({ codeId: code.id });
      code.uses += 1;
    }
  } else if (op.do === "switchCode") {
    await codes.update(account, share.id, code.id, { enabled: op.on });
    code.enabled = op.on;
  } else {
    expect(await codes.delete(account, share.id, code.id, op.dryRun)).toMatchObject({ uses: code.uses });
    if (!op.dryRun) share.codes.splice(index, 1);
  }
}

/** Everything that can be counted of shares says the same as the model. */
export async function checkShares({ shares, codes }: Services, account: string, model: ModelShare[]): Promise<void> {
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await shares.list(account, { state: "all", limit: 2, cursor });
    expect(page.total).toBe(model.length);
    for (const { shareId, state, trackCount } of page.shares) {
      const share = model.find((one) => one.id === shareId)!;
      expect([state, trackCount]).toEqual([share.revoked ? "revoked" : "active", share.jobs.length]);
      listed.push(shareId);
    }
    cursor = page.nextCursor;
  } while (cursor);
  expect(listed.sort()).toEqual(model.map((share) => share.id).sort());
  const active = model.filter((share) => !share.revoked).length;
  expect((await shares.list(account, { state: "active", limit: 1 })).total).toBe(active);
  for (const share of model) {
    const whole = await shares.get(account, share.id);
    expect(whole.tracks.map((track) => track.jobId)).toEqual(share.jobs);
    expect(whole.codeCount).toBe(share.codes.length);
    const shown = await codes.list(account, share.id, { state: "all", limit: 100 });
    expect(shown.codes.map(({ codeId, uses }) => [codeId, uses]).sort()).toEqual(
      share.codes.map(({ id, uses }) => [id, uses]).sort(),
    );
  }
}
