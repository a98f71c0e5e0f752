/** What an API key may be allowed to do. */
export const SCOPES = [
  "tts:generate",
  "tts:status",
  "voices:list",
  "jobs:read",
  "jobs:write",
  "shares:read",
  "shares:write",
  "library:read",
  "library:write",
  "storage:read",
  "storage:write",
  "usage:read",
  "pricing:estimate",
] as const;
export type Scope = (typeof SCOPES)[number];

/** [pub] What a key may do that was made without saying what. */
export const DEFAULT_SCOPES: readonly Scope[] = ["tts:generate", "tts:status", "usage:read", "voices:list"];
