import { createHash, randomBytes } from "node:crypto";
import type { Signer } from "../store/secrets.ts";

/** [pub] A signed audio URL lives a day; a stream URL five minutes. */
const AUDIO_URL_LIFE_MS = 24 * 60 * 60 * 1000;
export const STREAM_URL_LIFE_MS = 5 * 60 * 1000;

/** Where URLs that we hand out point to; the embedded backend starts its listener when first asked. */
export interface Origins {
  audio(): Promise<string>;
  stream(): Promise<string>;
}

export interface SignedUrl {
  url: string;
  expiresAt: number;
}

/** What a signed audio URL carries in its query. */
export interface AudioSignature {
  expires: string;
  key: string;
  signature: string;
}

/** Makes and checks the URLs that need no API key. */
export class Links {
  readonly #signer: Signer;
  readonly #origins: Origins;
  /** The URLs of jobs that end in this second. */
  readonly #signed = new Map<string, SignedUrl>();
  #signedUntil = 0;

  constructor(signer: Signer, origins: Origins) {
    this.#signer = signer;
    this.#origins = origins;
  }

  async audioUrl(jobId: string, extension: string): Promise<SignedUrl> {
    // Whole seconds, as in the URL: what we say and what we check is the same moment.
    const expires = Math.floor((Date.now() + AUDIO_URL_LIFE_MS) / 1000);
    // Who polls asks many times a second; the URL of that second is the same.
    if (expires !== this.#signedUntil) this.#signed.clear();
    this.#signedUntil = expires;
    const known = this.#signed.get(jobId);
    if (known) return known;
    const query = new URLSearchParams({
      expires: String(expires),
      key: this.#signer.keyId,
      signature: this.#signer.sign("audio-url", signedMessage(jobId, String(expires))),
    });
    const url = `${await this.#origins.audio()}/audio/${jobId}.${extension}?${query}`;
    const signed = { url, expiresAt: expires * 1000 };
    this.#signed.set(jobId, signed);
    return signed;
  }

  /** True for a signature of ours that has time left. */
  isGood(jobId: string, { expires, key, signature }: AudioSignature): boolean {
    const good = this.#signer.verify("audio-url", signedMessage(jobId, expires), signature, key);
    return good && Number(expires) * 1000 > Date.now();
  }

  async streamUrl(token: string): Promise<string> {
    return `${await this.#origins.stream()}/stream/${token}`;
  }
}

const signedMessage = (jobId: string, expires: string) => `${jobId}\n${expires}`;

/** A token of 256 random bits for a URL, and the hash under which it is stored. */
export function makeStreamToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashToken(token) };
}

/** SHA-256 is enough for 256 random bits: there is nothing to guess, so nothing to slow down. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
