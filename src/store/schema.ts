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
  job_sums: JobSumsTable;
  search_spans: SearchSpansTable;
  search_entries: SearchEntriesTable;
  job_search: JobSearchTable;
  collections: CollectionsTable;
  collection_jobs: CollectionJobsTable;
  tags: TagsTable;
  job_tags: JobTagsTable;
  shares: SharesTable;
  share_tracks: ShareTracksTable;
  access_codes: AccessCodesTable;
  rate_limits: RateLimitsTable;
  api_keys: ApiKeysTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  engine_cache: EngineCacheTable;
}

export type JobStatus = "pending" | "processing" | "completed" | "failed";

interface AccountsTable {
  account_id: string;
  unlimited: number;
  credit_balance: number;
  name: ColumnType<string | null, string | null | undefined>;
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
  notes: string | null;
  bookmarked_at: number | null;
  audio_deleted_at: number | null;
  text_erased_at: number | null;
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
  text_format: Generated<"text" | "ssml" | "markup">;
  model: string | null;
  prompt: string | null;
  /** The second voice of a dialogue; `voice_id` is the first. */
  second_voice_id: string | null;
  /** JSON: the voices that SSML asks for, by wish. */
  script_voices: string | null;
}

interface EngineCacheTable {
  key: string;
  value: string;
  expires_at: number;
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
  /** The job that the answer is about, if it is about one. */
  job_id: string | null;
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

/** What a job can be counted by. */
export type SumDimension = "all" | "status" | "voice" | "day" | "bookmarked" | "tag" | "collection";

/** Kept by triggers; nothing else writes it. */
interface JobSumsTable {
  account_id: string;
  dimension: SumDimension;
  /** Days are UTC, `YYYY-MM-DD`; bookmarked is yes or no; jobs in no collection are in "none". */
  key: string;
  jobs: number;
  /** Jobs that were not refunded, and their characters. */
  charged: number;
  chars: number;
  /** Jobs whose audio is kept, and its size. */
  files: number;
  bytes: number;
}

/** Each account's span of search_ids: from span × 2^32. */
interface SearchSpansTable {
  span: Generated<number>;
  account_id: string;
}

interface SearchEntriesTable {
  search_id: number;
  job_id: string;
}

/** FTS5 without content: found by `match`, joined to search_entries by rowid. */
interface JobSearchTable {
  rowid: number;
  title: string;
  text: string;
}

interface CollectionsTable {
  collection_id: string;
  account_id: string;
  name: string;
  description: string | null;
  created_at: number;
}

interface CollectionJobsTable {
  collection_id: string;
  job_id: string;
  added_at: number;
  /** Of the job; a trigger sets it. */
  created_at: Generated<number>;
}

interface TagsTable {
  account_id: string;
  tag: string;
  color: string | null;
  created_at: number;
}

interface JobTagsTable {
  account_id: string;
  tag: string;
  job_id: string;
  /** Of the job; a trigger sets it. */
  created_at: Generated<number>;
}

interface SharesTable {
  share_id: string;
  account_id: string;
  token_hash: string;
  token_encrypted: string;
  title: string | null;
  description: string | null;
  access: "public" | "code";
  allow_download: number;
  expires_at: number | null;
  revoked_at: number | null;
  plays: Generated<number>;
  created_at: number;
}

interface ShareTracksTable {
  share_id: string;
  position: number;
  job_id: string;
}

interface AccessCodesTable {
  code_id: string;
  share_id: string;
  code_hmac: string;
  code_encrypted: string;
  label: string | null;
  max_uses: number | null;
  uses: Generated<number>;
  expires_at: number | null;
  enabled: Generated<number>;
  created_at: number;
}

interface RateLimitsTable {
  key: string;
  points: number;
  expires_at: number | null;
}

interface ApiKeysTable {
  key_id: string;
  account_id: string;
  name: string;
  /** SHA-256 of the key. */
  key_hash: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: ColumnType<number | null, undefined, number>;
}

interface WebhooksTable {
  account_id: string;
  url: string;
  secret_sealed: string;
  enabled: number;
  created_at: ColumnType<number, number, never>;
  updated_at: number;
}

/** The outbox: what is to be told of jobs that have ended, and for some days what was. */
interface WebhookDeliveriesTable {
  delivery_id: string;
  job_id: string;
  account_id: string;
  event: "job.completed" | "job.failed";
  /** When the job ended. */
  created_at: ColumnType<number, number, never>;
  /** Raised by every claim; with `owner_id` it decides who may record how the try went. */
  attempt: Generated<number>;
  next_attempt_at: number;
  owner_id: ColumnType<string | null, undefined, string | null>;
  lease_expires_at: ColumnType<number | null, undefined, number | null>;
  finished_at: ColumnType<number | null, undefined, number>;
  outcome: ColumnType<"delivered" | "failed" | "cancelled" | null, undefined, "delivered" | "failed" | "cancelled">;
  last_status: ColumnType<number | null, undefined, number | null>;
  last_error: ColumnType<string | null, undefined, string | null>;
}
