/** What must be true of a job, kept by the test. */
export interface ModelJob {
  id: string;
  status: "processing" | "completed" | "failed";
  voice: string;
  createdAt: number;
  chars: number;
  /** Bytes kept; 0: none, deleted or never made. */
  bytes: number;
  text?: string;
  title: string;
  tags: Set<string>;
  bookmarked: boolean;
}

export interface ModelCode {
  id: string;
  code: string;
  uses: number;
  /** 0: no limit. */
  maxUses: number;
  enabled: boolean;
}

/** What must be true of a share. */
export interface ModelShare {
  id: string;
  /** Its tracks in their order. */
  jobs: string[];
  permanent: boolean;
  expired: boolean;
  revoked: boolean;
  /** In the order they were made. */
  codes: ModelCode[];
}

/** All of one account. */
export interface Model {
  jobs: ModelJob[];
  tags: Set<string>;
  /** By name; the services' ids are looked up by it. */
  collections: Map<string, { id: string; jobs: Set<string> }>;
  shares: ModelShare[];
}

export const emptyModel = (): Model => ({ jobs: [], tags: new Set(), collections: new Map(), shares: [] });

export const WORDS = ["crow", "tea", "café"];
export const TAGS = ["red", "blue"];
/** The second provider's name begins with the first's. */
export const VOICES = ["flite:x", "flite:y", "flitex:z"];
export const DAY_MS = 24 * 60 * 60 * 1000;

/** The state of a code, as lists are asked for it. */
export function stateOfCode({ enabled, maxUses, uses }: ModelCode) {
  if (!enabled) return "disabled";
  return maxUses > 0 && uses >= maxUses ? "used_up" : "active";
}

export function stateOfShare({ revoked, expired }: ModelShare) {
  if (revoked) return "revoked";
  return expired ? "expired" : "active";
}

/** What a removal has to do to the model; gives what it has to answer. */
export function remove(model: Model, targets: ModelJob[], eraseText: boolean, dryRun: boolean) {
  const audible = targets.filter((job) => job.bytes > 0);
  const lost = model.shares.filter((one) => audible.some((job) => one.jobs.includes(job.id)));
  const answer = {
    bytesFreed: audible.reduce((sum, job) => sum + job.bytes, 0),
    sharesAffected: lost.map((one) => one.id).sort(),
  };
  if (dryRun) return answer;
  for (const one of lost) one.jobs = one.jobs.filter((id) => !audible.some((job) => job.id === id));
  for (const job of audible) job.bytes = 0;
  if (eraseText) {
    for (const job of targets) if (job.status !== "processing") Object.assign(job, { text: undefined, title: "" });
  }
  return answer;
}
