/** What an API key may be allowed to do with REST v1: `all`. */
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

/** Lets a key manage its account itself. No operation of REST v1 needs it, and `all` is without it: it is given by name. */
export const ADMIN_SCOPE = "admin";
export const KEY_SCOPES = [...SCOPES, ADMIN_SCOPE] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** [pub] What a key may do that was made without saying what. */
export const DEFAULT_SCOPES: readonly Scope[] = ["tts:generate", "tts:status", "usage:read", "voices:list"];
