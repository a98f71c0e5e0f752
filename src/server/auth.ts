import type { KeyScope } from "../contract/scopes.ts";
import { AppError } from "../errors.ts";

/** Who calls: an account, what its key allows, and whether it sits in this very process. */
export interface Principal {
  accountId: string;
  scopes: ReadonlySet<KeyScope> | "all";
  local: boolean;
  /** The key by which the call came; absent for calls in this process. */
  keyId?: string;
}

/**
 * Finds out who calls.
 * @param authorization the header, where it is at hand already
 * @throws AppError INVALID_API_KEY.
 */
export type Authenticate = (request: Request, authorization?: string) => Promise<Principal>;

/** Takes `Authorization: Bearer <key>`; `find` knows the keys. */
export function bearerAuthentication(find: (key: string) => Promise<Principal | undefined>): Authenticate {
  return async (request, authorization = request.headers.get("authorization") ?? "") => {
    const [, key] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    const principal = key ? await find(key) : undefined;
    if (principal) return principal;
    throw new AppError(
      "INVALID_API_KEY",
      key ? "The API key is unknown, revoked or expired." : "There is no API key.",
      {
        hint: "send Authorization: Bearer tts_… (AITTSM_API_KEY)",
      },
    );
  };
}

/** @throws AppError INSUFFICIENT_SCOPE that names the scope. */
export function requireScope(principal: Principal, scope: KeyScope): void {
  if (principal.scopes === "all" || principal.scopes.has(scope)) return;
  throw new AppError("INSUFFICIENT_SCOPE", `This API key does not have the scope ${scope}.`, {
    hint: `add ${scope} to the key, or use a key that has it`,
    details: { required_scope: scope, granted_scopes: [...principal.scopes] },
  });
}

/** Asks `authenticate` once for each request, however many need to know. */
export function rememberCaller(authenticate: Authenticate): Authenticate {
  const callers = new WeakMap<Request, Promise<Principal>>();
  return (request, authorization) => {
    const known = callers.get(request) ?? authenticate(request, authorization);
    callers.set(request, known);
    return known;
  };
}
