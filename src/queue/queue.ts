/** A claim on a job: only its owner at this attempt may complete it. */
export interface Lease {
  jobId: string;
  attempt: number;
  /** Its work is waiting for others: it takes one of the places for that. */
  waits?: boolean;
}

/** What there are places for. Work is done here; waiting for others costs this machine next to nothing. */
export interface Room {
  work: boolean;
  waiting: boolean;
}

/** The rows behind a queue. The row is the truth; the queue only decides when to look (architecture rule 4). */
export interface LeaseSource<L extends Lease> {
  /**
   * Claims the next job that is pending, or one whose lease has run out; undefined when there is none that there is room
   * for, as far as was looked.
   */
  claim(room: Room): Promise<L | undefined>;
  /** Prolongs a lease. False when it is not ours any more. */
  renew(lease: L): Promise<boolean>;
  /** Gives a job back unfinished, for another process to take at once. */
  giveBack(lease: L): Promise<void>;
}

/** Does the work of one claim and records its end. It must not throw for a failing job, only for a failing machine. */
export type Work<L extends Lease> = (lease: L, signal: AbortSignal) => Promise<void>;

export interface JobQueue {
  /**
   * Says that there may be work. Cheap; may be called at any time.
   * @param waits false when what is new does not wait for others
   */
  wake(waits?: boolean): void;
  /** Stops: running work is aborted and given back. */
  close(): Promise<void>;
}
