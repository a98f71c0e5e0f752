import { createHmac, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;

/** A signing secret: hexadecimal text. */
export const makeSecret = (): string => randomBytes(SECRET_BYTES).toString("hex");

/**
 * [pub] The value of X-TTS-Signature: `t=<unix seconds>,v1=<hex>` with HMAC-SHA256 over `<t>.<raw body>`.
 * @param secret its text is the key as it stands, not the bytes that it spells
 */
export function signatureHeader(secret: string, body: string, unixMs: number): string {
  const t = Math.floor(unixMs / 1000);
  return `t=${t},v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
}

/** The headers of one delivery. [pub] The X-TTS ones. */
export function signedHeaders(delivery: {
  event: string;
  deliveryId: string;
  secret: string;
  body: string;
  /** When it is sent. */
  unixMs: number;
}): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "User-Agent": "aittsm-webhook",
    "X-TTS-Event": delivery.event,
    "X-TTS-Delivery-ID": delivery.deliveryId,
    "X-TTS-Signature": signatureHeader(delivery.secret, delivery.body, delivery.unixMs),
  };
}
