import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface SignedRequest {
  method: string;
  /** As on the request line. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const MAX_SKEW_MS = 5 * 60 * 1_000;
const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
/** RFC 3986: what JavaScript leaves as it is, too. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * What is wrong with a request's AWS Signature Version 4, as name and sentence of AWS's error; undefined when it is right.
 * Source: "Create a signed AWS API request", AWS IAM User Guide.
 */
export function faultOfSignature(
  { method, url, headers, body }: SignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: Signer,
  { region, service, now = Date.now() }: { region: string; service: string; now?: number },
): [name: string, message: string] | undefined {
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? "",
  );
  if (!given) return ["MissingAuthenticationTokenException", "Missing Authentication Token"];
  const [, credential = "", signedHeaders = "", signature] = given;
  const [key, day = "", inRegion, ofService, end] = credential.split("/");
  const time = String(headers["x-amz-date"]);
  const at = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  if (key !== accessKeyId || headers["x-amz-security-token"] !== sessionToken) {
    return ["UnrecognizedClientException", "The security token included in the request is invalid."];
  }
  if (inRegion !== region || ofService !== service || end !== "aws4_request" || !time.startsWith(`${day}T`)) {
    return ["InvalidSignatureException", `Credential should be scoped to a valid region.\n${credential}`];
  }
  if (!(Math.abs(Date.parse(at) - now) < MAX_SKEW_MS)) {
    return ["InvalidSignatureException", `Signature expired: ${time} is now earlier than allowed`];
  }
  const names = signedHeaders.split(";");
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  if (needed.some((name) => !names.includes(name)) || names.join() !== [...names].sort().join()) {
    return ["InvalidSignatureException", "A header that has to be signed is not."];
  }
  const [path = "", query = ""] = url.split("?");
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const canonical = [
    method,
    path.split("/").map(encode).join("/"),
    parameters.sort().join("&"),
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders,
    sha256(body),
  ].join("\n");
  const scope = [day, region, service, "aws4_request"];
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\n");
  const signingKey = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  if (hmac(signingKey, toSign).toString("hex") === signature) return undefined;
  return [
    "InvalidSignatureException",
    `The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'${canonical}'`,
  ];
}
