import { beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { contract, type OperationName } from "../../src/contract/index.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { codeOf, makeJob } from "../support/library.ts";
import { giveAway, shareWithCode } from "../support/shares.ts";

/** Calls that would do something if the share and the code were the caller's. */
const CALLS: Partial<Record<OperationName, object>> = {
  getShare: {},
  updateShare: { title: "Mine now" },
  revokeShare: {},
  setSharePermanent: { permanent: true },
  updateTrackOrder: { job_ids: ["job"] },
  createAccessCodes: { count: 1 },
  listAccessCodes: {},
  updateAccessCode: { enabled: false },
  deleteAccessCode: {},
  exportAccessCodes: {},
  getQrCode: {},
};
const READS = ["listShares", "getShare", "listAccessCodes", "getQrCode"];
const all = Object.entries(contract) as [OperationName, Operation][];
const ofOneShare = all.filter(([, { path }]) => path.startsWith("/shares/{share_id}"));
const ofShares = all.filter(([, { path }]) => path.startsWith("/shares"));

describe.each(BACKENDS)("other accounts' shares on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { store } = service.backend;
  let [job, own, ownCode, foreign, foreignCode] = ["", "", "", "", ""];
  beforeAll(async () => {
    job = await makeJob(service, "One.");
    const [mine, theirs] = [await shareWithCode(service, [job]), await shareWithCode(service, [job])];
    await giveAway(service, theirs.share_id);
    [own, ownCode, foreign, foreignCode] = [mine.share_id, mine.code_id, theirs.share_id, theirs.code_id];
  });
  const everything = async () => ({
    shares: await store.selectFrom("shares").selectAll().execute(),
    tracks: await store.selectFrom("share_tracks").selectAll().execute(),
    codes: await store.selectFrom("access_codes").selectAll().execute(),
  });
  const call = (client: Client, name: OperationName, ids: object) => {
    const input = { ...CALLS[name], ...(name === "updateTrackOrder" && { job_ids: [job] }), ...ids };
    return client.call<Operation>(contract[name] as Operation, input);
  };

  it("are as ones that are not there, for every operation, and stay as they are", async () => {
    expect(ofOneShare.map(([name]) => name).sort()).toEqual(Object.keys(CALLS).sort());
    const before = await everything();
    for (const [name, { input }] of ofOneShare) {
      const withCode = "code_id" in input.shape ? [{ code_id: foreignCode }, { code_id: ownCode }] : [{}];
      for (const more of withCode) {
        expect([name, await codeOf(call(service.client, name, { share_id: foreign, ...more }))]).toEqual([
          name,
          "NOT_FOUND",
        ]);
      }
      // A code opens its own share's door only, also for its owner.
      if ("code_id" in input.shape) {
        const other = { share_id: own, code_id: foreignCode };
        expect([name, await codeOf(call(service.client, name, other))]).toEqual([name, "NOT_FOUND"]);
      }
    }
    expect(await everything()).toEqual(before);
  });

  if (kind === "remote") {
    it("are out of reach for a caller with another account's key", async () => {
      const before = await everything();
      const other = service.withKey("tts_other");
      for (const [name, { input }] of ofOneShare) {
        const ids = { share_id: own, ...("code_id" in input.shape && { code_id: ownCode }) };
        expect([name, await codeOf(call(other, name, ids))]).toEqual([name, "NOT_FOUND"]);
      }
      const bulk = await other.call(contract.bulkRevokeShares, { share_ids: [own] });
      expect(bulk.data).toEqual({ revoked: [], skipped: [{ share_id: own, reason: "NOT_FOUND" }] });
      expect((await other.call(contract.bulkRevokeShares, { state: "active", dry_run: true })).data.revoked).toEqual([
        foreign,
      ]);
      expect((await other.call(contract.listShares, { state: "all" })).data.shares.map((one) => one.share_id)).toEqual([
        foreign,
      ]);
      expect(await codeOf(other.call(contract.createShare, { job_ids: [job] }))).toBe("NOT_FOUND");
      const add = { share_id: foreign, add_job_ids: [job] };
      expect(await codeOf(other.call(contract.updateShare, add))).toBe("NOT_FOUND");
      expect(await everything()).toEqual(before);
    });

    it("need the scopes to read or to write", async () => {
      const [reader, writer] = [service.withKey("tts_shares_read"), service.withKey("tts_shares_write")];
      const ids = { share_id: "never", code_id: "never" };
      for (const [name, { input }] of ofShares) {
        const fields = Object.fromEntries(Object.entries(ids).filter(([field]) => field in input.shape));
        const codes = await Promise.all(
          [reader, writer, service.withKey("tts_voices")].map((client) =>
            call(client, name, name === "createShare" ? { job_ids: ["never"] } : fields).then(
              () => "done",
              (error) => error.details?.required_scope ?? "done",
            ),
          ),
        );
        const scope = READS.includes(name) ? "shares:read" : "shares:write";
        const expected = READS.includes(name) ? ["done", scope, scope] : [scope, "done", scope];
        expect([name, ...codes]).toEqual([name, ...expected]);
      }
    });
  }
});
