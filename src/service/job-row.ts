import type { Selectable } from "kysely";
import type { Database } from "../store/schema.ts";

/** A job as the database has it. */
export type JobRow = Selectable<Database["jobs"]>;

/** A job that this process may work on, as it was when claimed. */
export interface ClaimedJob {
  jobId: string;
  attempt: number;
  blobName: string;
  row: JobRow;
  /** Somebody else speaks it. */
  waits: boolean;
}

export const isEnded = (row: Pick<JobRow, "status">) => row.status === "completed" || row.status === "failed";
