import { composeAdmin } from "../compose-admin.ts";
import { readConfig } from "../config.ts";
import { ADMIN_SCOPE, DEFAULT_SCOPES, KEY_SCOPES, type KeyScope, SCOPES } from "../contract/scopes.ts";
import { nearestName } from "../contract/wire.ts";
import { invalidField } from "../errors.ts";

interface CreateOptions {
  name: string;
  scopes?: string;
  account: string;
  expiresInDays?: number;
  json?: boolean;
}

/** `aittsm keys create`: makes a key and shows it, once. */
export async function createKey({ name, account, expiresInDays, json, ...options }: CreateOptions): Promise<void> {
  const scopes = readScopes(options.scopes);
  if (name.trim() === "" || name.length > 100) throw invalidField("name", "--name takes 1 to 100 characters.");
  if (
    expiresInDays !== undefined &&
    !(Number.isInteger(expiresInDays) && expiresInDays >= 1 && expiresInDays <= 3_650)
  ) {
    throw invalidField("expires_in_days", "--expires-in-days takes a whole number from 1 to 3650.");
  }
  const admin = await composeAdmin(readConfig());
  try {
    const { key, keyId } = await admin.keys.create({ name: name.trim(), scopes, account, expiresInDays });
    if (json) process.stdout.write(`${JSON.stringify({ key, key_id: keyId, scopes })}\n`);
    else {
      process.stdout.write(`${key}\n`);
      process.stderr.write(`Key "${name}" (${keyId}) of account ${account}: ${scopes.join(", ")}.\n`);
      process.stderr.write("Save it now: it is not shown again.\n");
    }
  } finally {
    await admin.close();
  }
}

/** `aittsm keys list`: every key, without its secret. */
export async function listKeys({ json }: { json?: boolean }): Promise<void> {
  const admin = await composeAdmin(readConfig());
  try {
    const keys = await admin.keys.list();
    if (json) {
      const wire = keys.map(({ keyId, name, account, scopes, state, createdAt, expiresAt, lastUsedAt }) => ({
        key_id: keyId,
        name,
        account,
        scopes,
        state,
        created_at: createdAt,
        expires_at: expiresAt,
        last_used_at: lastUsedAt,
      }));
      process.stdout.write(`${JSON.stringify(wire, null, 2)}\n`);
      return;
    }
    for (const { keyId, name, account, scopes, state, expiresAt, lastUsedAt } of keys) {
      const end = state === "active" && expiresAt ? `active until ${expiresAt}` : state;
      const used = lastUsedAt ? `used ${lastUsedAt}` : "never used";
      process.stdout.write(`${keyId}  ${name}  ${account}  ${end}  ${used}  ${scopes.join(",")}\n`);
    }
    if (keys.length === 0) process.stderr.write("There is no key; `aittsm keys create --name NAME` makes one.\n");
  } finally {
    await admin.close();
  }
}

/** `aittsm keys revoke`: the key opens nothing from now on. */
export async function revokeKey(keyId: string): Promise<void> {
  const admin = await composeAdmin(readConfig());
  try {
    await admin.keys.revoke(keyId);
    process.stdout.write(`Key ${keyId} is revoked.\n`);
  } finally {
    await admin.close();
  }
}

/** @throws AppError INVALID_INPUT for a scope that does not exist, with the nearest that does. */
function readScopes(text: string | undefined): readonly KeyScope[] {
  if (text === undefined) return DEFAULT_SCOPES;
  const named = text.split(",").map((scope) => scope.trim());
  const wished = named.flatMap((scope) => (scope === "all" ? SCOPES : [scope]));
  const unknown = wished.find((scope) => !(KEY_SCOPES as readonly string[]).includes(scope));
  if (unknown === undefined) return KEY_SCOPES.filter((scope) => wished.includes(scope));
  const near = nearestName(unknown, KEY_SCOPES);
  const hint = `${near ? `did you mean ${near}? ` : ""}there are ${KEY_SCOPES.join(", ")}, or all (which is without ${ADMIN_SCOPE})`;
  throw invalidField("scopes", `There is no scope "${unknown}".`, hint);
}
