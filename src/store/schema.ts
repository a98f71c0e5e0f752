import type { ColumnType, Generated } from "kysely";

/** The database's tables as Kysely sees them. Times are Unix milliseconds; truth values are 0 or 1; JSON is text. */
export interface Database {
  accounts: AccountsTable;
  jobs: JobsTable;
  job_texts: JobTextsTable;
  idempotency: IdempotencyTable;
  streams: StreamsTable;
  settings: SettingsTable;
  client_memory: ClientMemoryTable;
}

export type JobStatus = "pending" | "processing" | "completed" | "failed";

interface AccountsTable {
  account_id: string;
  unlimited: number;
  credit_balance: number;
}

interface JobsTable {
  job_id: string;
  account_id: string;
  /** `sample` jobs are free clips of a voice, one a `sample_key`; they are never listed. */
  kind: "speech" | "sample";
  sample_key: string | null;
  status: JobStatus;
  /** Higher runs first: somebody listens to a stream while it is made. */
  priority: number;
  voice_id: string;
  voice_reason: string | null;
  speed: number;
  output_format: string;
  sample_rate_hertz: number;
  bitrate_kbps: number | null;
  /** 1: the bytes leave while they are made, so the file keeps the stream's headers. */
  streaming: number;
  chars_charged: number;
  title: string | null;
  metadata: string | null;
  webhook_url: string | null;
  warnings: string | null;
  progress_done: Generated<number>;
  progress_total: number;
  /** Raised by every claim; with `owner_id` it decides who may complete the job. */
  attempt: Generated<number>;
  owner_id: string | null;
  lease_expires_at: number | null;
  /** Reserved by the claim, before the file exists. */
  blob_name: string | null;
  content_type: string;
  bytes: number | null;
  duration_seconds: number | null;
  error_code: string | null;
  error_message: string | null;
  error_hint: string | null;
  created_at: ColumnType<number, number, never>;
  completed_at: number | null;
}

interface JobTextsTable {
  job_id: string;
  text: string;
}

interface IdempotencyTable {
  account_id: string;
  operation: string;
  key: string;
  fingerprint: string;
  job_id: string;
  answer: string;
  expires_at: number;
}

interface StreamsTable {
  /** SHA-256 of the URL's token: a copy of the database opens no stream. */
  token_hash: string;
  job_id: string;
  expires_at: number;
  consumed_at: number | null;
}

interface SettingsTable {
  name: string;
  value: string;
}

interface ClientMemoryTable {
  key: string;
  value: string;
  expires_at: number | null;
}
