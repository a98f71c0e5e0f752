import type { Tool } from "../../tools/tool.ts";
import type { KeyScope, Scope } from "../contract/scopes.ts";
import { AppError } from "../errors.ts";

type Needs = Pick<Tool, "name" | "scopes">;

/**
 * Refuses a call that the key has not every scope for, before anything is done or charged.
 * @param granted the key's scopes, where they are known on this side
 * @throws AppError INSUFFICIENT_SCOPE that lists all scopes to add
 */
export function requireScopes(tool: Needs, granted: ReadonlySet<KeyScope> | "all" | undefined): void {
  if (granted === undefined || granted === "all") return;
  const missing = tool.scopes.filter((scope) => !granted.has(scope));
  if (missing.length > 0) throw lacks(tool, missing);
}

/**
 * A refusal by the service, which knows one operation, as that of the tool: with all scopes to add, or with all that the
 * tool needs when the service doesn't say what the key has. Other errors stay as they are.
 */
export function withToolScopes(error: AppError, tool: Needs): AppError {
  if (error.code !== "INSUFFICIENT_SCOPE") return error;
  const { missing_scopes, required_scope, granted_scopes } = error.details ?? {};
  if (missing_scopes) return error;
  const granted = Array.isArray(granted_scopes) ? granted_scopes : undefined;
  const missing = tool.scopes.filter((scope) => scope === required_scope || (granted && !granted.includes(scope)));
  if (granted && missing.length > 0) return lacks(tool, missing, error);
  const hint = `use an API key with ${scopesNamed(tool.scopes)}`;
  return new AppError(error.code, error.message, { hint, details: error.details, requestId: error.requestId });
}

function lacks({ name }: Needs, missing: readonly Scope[], error?: AppError): AppError {
  const named = scopesNamed(missing);
  return new AppError("INSUFFICIENT_SCOPE", `This API key does not have ${named}, which ${name} needs.`, {
    hint: `add ${missing.join(", ")} to the key, or use a key that has ${missing.length === 1 ? "it" : "them"}`,
    details: { missing_scopes: missing },
    requestId: error?.requestId,
  });
}

const scopesNamed = (scopes: readonly Scope[]) => `the scope${scopes.length === 1 ? "" : "s"} ${scopes.join(", ")}`;
