/** A claim on a job: only its owner at this attempt may complete it. */
export interface Lease {
  jobId: string;
  attempt: number;
}

/** The rows behind a queue. The row is the truth; the queue only decides when to look (architecture rule 4). */
export interface LeaseSource<L extends Lease> {
  /** Claims the next job that waits, or one whose lease has run out; undefined when there is none. */
  claim(): Promise<L | undefined>;
  /** Prolongs a lease. False when it is not ours any more. */
  renew(lease: L): Promise<boolean>;
  /** Gives a job back unfinished, for another process to take at once. */
  giveBack(lease: L): Promise<void>;
}

/** Does the work of one claim and records its end. It must not throw for a failing job, only for a failing machine. */
export type Work<L extends Lease> = (lease: L, signal: AbortSignal) => Promise<void>;

export interface JobQueue {
  /** Says that there may be work. Cheap; may be called at any time. */
  wake(): void;
  /** Stops: running work is aborted and given back. */
  close(): Promise<void>;
}
