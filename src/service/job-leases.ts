import type { LeaseSource, Room } from "../queue/queue.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import { extensionOf } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { isCertainlyGone } from "../store/process-id.ts";
import { inSharedCommit } from "../store/shared-commit.ts";
import { statement } from "../store/statement.ts";
import { failJob } from "./job-end.ts";
import type { ClaimedJob, JobRow } from "./job-row.ts";

/** How long a claim holds without a heartbeat. Long enough for a laptop's hiccup, short enough for a killed process. */
export const LEASE_MS = 20_000;
export const HEARTBEAT_MS = 5_000;
/** A job that took down this many processes is not given to another one. */
const MAX_ATTEMPTS = 20;

/** Leases on the rows of the `jobs` table. */
export class JobLeases implements LeaseSource<ClaimedJob> {
  readonly #store: Store;
  readonly #processId: string;
  readonly #isRemote: (voiceId: string) => boolean;

  /** @param isRemote whether somebody else speaks a voice: its jobs wait more than they work */
  constructor(store: Store, processId: string, isRemote: (voiceId: string) => boolean = () => false) {
    this.#store = store;
    this.#processId = processId;
    this.#isRemote = isRemote;
  }

  async claim(room: Room = { work: true, waiting: true }): Promise<ClaimedJob | undefined> {
    // After a loss of power nobody works on the job: it may as well be unclaimed.
    return inSharedCommit(this.#store, (trx) => this.#claim(trx, room), { lasting: false });
  }

  async #claim(trx: Store, room: Room): Promise<ClaimedJob | undefined> {
    const waits = (row: JobRow) => this.#isRemote(row.voice_id);
    const fits = (row: JobRow) => (waits(row) ? room.waiting : room.work);
    const atOnce = room.work && room.waiting ? 1 : LOOKED_AT;
    for (;;) {
      const row = (await pending(trx, atOnce)).find(fits) ?? (await abandoned(trx, this.#processId)).find(fits);
      if (!row) return undefined;
      if (row.attempt >= MAX_ATTEMPTS) {
        await failJob(trx, row, {
          code: "GENERATION_FAILED",
          message: `The job was started ${row.attempt} times and never finished.`,
          hint: "split the text, or try another voice, with a new idempotency key",
        });
        continue;
      }
      const attempt = row.attempt + 1;
      const blobName = `${row.job_id}-${attempt}.${extensionOf(row.output_format as OutputFormat)}`;
      await statement(trx, TAKE, [this.#processId, Date.now() + LEASE_MS, attempt, blobName, row.job_id]);
      return {
        jobId: row.job_id,
        attempt,
        blobName,
        row: { ...row, attempt, owner_id: this.#processId },
        waits: waits(row),
      };
    }
  }

  async renew(lease: ClaimedJob): Promise<boolean> {
    const result = await this.#ours(lease)
      .set({ lease_expires_at: Date.now() + LEASE_MS })
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async giveBack(lease: ClaimedJob): Promise<void> {
    await this.#ours(lease).set({ status: "pending", owner_id: null, lease_expires_at: null }).execute();
  }

  #ours(lease: ClaimedJob) {
    return this.#store
      .updateTable("jobs")
      .where("job_id", "=", lease.jobId)
      .where("status", "=", "processing")
      .where("owner_id", "=", this.#processId)
      .where("attempt", "=", lease.attempt);
  }
}

/** In the words of the index jobs_open: SQLite takes a partial index for nothing less than its own condition. */
const IS_OPEN = "status in ('pending', 'processing')";

const TAKE = `
  update jobs
  set status = 'processing', owner_id = ?, lease_expires_at = ?, attempt = ?, blob_name = ?, progress_done = 0
  where job_id = ?`;

/** How many pending jobs are looked at for one of a kind that there is room for: most often the first is one. */
const LOOKED_AT = 64;

const PENDING = `
  select * from jobs where ${IS_OPEN} and status = 'pending' order by priority desc, created_at limit ?`;

/** The next jobs in the order in which they are to be made. */
function pending(store: Store, most: number): Promise<JobRow[]> {
  return statement<JobRow>(store, PENDING, [most]);
}

const OF_OTHERS = `
  select * from jobs where ${IS_OPEN} and status = 'processing' and owner_id != ? order by created_at`;

/** Jobs whose owner's lease ran out, or whose owner is certainly gone (then nobody has to wait for the lease). */
async function abandoned(store: Store, ownProcessId: string): Promise<JobRow[]> {
  const rows = await statement<JobRow>(store, OF_OTHERS, [ownProcessId]);
  return rows.filter(
    (row) => (row.lease_expires_at ?? 0) < Date.now() || (row.owner_id && isCertainlyGone(row.owner_id)),
  );
}
