import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "aittsm-google-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file of credentials and gives its path. */
export function credentialsFile(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}

/** A service account that was made here, and who can tell its tokens. */
export function serviceAccount(): {
  file: string;
  email: string;
  privateKey: string;
  isItsToken(token: string): boolean;
} {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const email = "speaker@project-of-tests.iam.gserviceaccount.com";
  const file = credentialsFile("service-account.json", {
    type: "service_account",
    project_id: "project-of-tests",
    private_key_id: "key-1",
    private_key: privateKey,
    client_email: email,
    client_id: "1",
  });
  return {
    file,
    email,
    privateKey,
    // A JSON web token that the account signed itself (RFC 7519), as Google's libraries make them.
    isItsToken(token) {
      const [head = "", body = "", signature = ""] = token.split(".");
      const { alg } = JSON.parse(Buffer.from(head, "base64url").toString());
      const claims = JSON.parse(Buffer.from(body, "base64url").toString());
      const good = verify(
        "RSA-SHA256",
        Buffer.from(`${head}.${body}`),
        createPublicKey(publicKey),
        Buffer.from(signature, "base64url"),
      );
      const seconds = Date.now() / 1_000;
      return (
        good &&
        alg === "RS256" &&
        claims.iss === email &&
        claims.scope === "https://www.googleapis.com/auth/cloud-platform" &&
        claims.iat <= seconds + 60 &&
        claims.exp > seconds &&
        claims.exp - claims.iat <= 3_600
      );
    },
  };
}

/** Credentials of another provider, which the fake's token service exchanges for a short-lived token. */
export function federatedFile(endpoint: string, subjectToken = "who-i-am"): string {
  return credentialsFile("federated.json", {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/tests",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${endpoint}/sts/token`,
    credential_source: { file: credentialsFile("subject-token", subjectToken) },
  });
}
