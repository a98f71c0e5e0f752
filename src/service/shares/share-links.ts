import { randomBytes } from "node:crypto";
import type { Signer } from "../../store/secrets.ts";
import { hashToken, type Origins } from "../links.ts";

/** 144 bits: more than the 128 below which a URL is no secret. */
const TOKEN_BYTES = 18;

/** What identifies a share to its links. */
interface SharedRow {
  share_id: string;
  token_encrypted: string;
}

/** What a share's signed audio URL carries in its query. */
export interface ShareAudioSignature {
  expires: string;
  /** The code by which the listener came in; empty for a public share. */
  code: string;
  /** Another one each time that a page is opened. */
  visit: string;
  key: string;
  signature: string;
}

/** Who may listen to a share that asks for a code, as its cookie says it. */
export interface Grant {
  codeId: string;
  expiresAt: number;
}

/** Makes and checks what opens shares: the URL's token, the grant that a code gives, the URLs of the tracks. */
export class ShareLinks {
  readonly #signer: Signer;
  readonly #origins: Origins;

  constructor(signer: Signer, origins: Origins) {
    this.#signer = signer;
    this.#origins = origins;
  }

  /** A new token in the forms that are stored: found by its hash, shown again only with the data directory's key. */
  newToken(shareId: string): { token_hash: string; token_encrypted: string } {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    return { token_hash: hashToken(token), token_encrypted: this.#signer.seal("share-token", shareId, token) };
  }

  /** Gives shares their URLs. Call it outside of transactions: the first call may start the listener. */
  async urls(): Promise<(row: SharedRow) => string> {
    const origin = await this.#origins.audio();
    return (row) => `${origin}/s/${this.#signer.open("share-token", row.share_id, row.token_encrypted)}`;
  }

  /** An answer with a share's URL in it, as it may be kept: a copy of the database opens no share. */
  sealAnswer(key: string, answer: object): { sealed: string } {
    return { sealed: this.#signer.seal("share-token", key, JSON.stringify(answer)) };
  }

  openAnswer<Answer>(key: string, { sealed }: { sealed: string }): Answer {
    return JSON.parse(this.#signer.open("share-token", key, sealed));
  }

  /** The query of a track's URL, good until `expiresAt` (Unix milliseconds). */
  signAudio(
    shareId: string,
    jobId: string,
    { codeId, visit, expiresAt }: { codeId?: string; visit: string; expiresAt: number },
  ): string {
    const expires = String(Math.floor(expiresAt / 1000));
    const code = codeId ?? "";
    const signature = this.#signer.sign("share-audio", [shareId, jobId, expires, code, visit].join("\n"));
    const { keyId: key } = this.#signer;
    return new URLSearchParams({ expires, ...(code && { code }), visit, key, signature }).toString();
  }

  isGoodAudio(shareId: string, jobId: string, { expires, code, visit, key, signature }: ShareAudioSignature): boolean {
    const message = [shareId, jobId, expires, code, visit].join("\n");
    const good = this.#signer.verify("share-audio", message, signature, key);
    return good && Number(expires) * 1000 > Date.now();
  }

  /** The value of the cookie that a code is exchanged for. */
  grant(shareId: string, { codeId, expiresAt }: Grant): string {
    const signature = this.#signer.sign("share-grant", [shareId, codeId, expiresAt].join("\n"));
    return [codeId, expiresAt, this.#signer.keyId, signature].join(".");
  }

  /** What a cookie grants for this share; undefined when it is not ours, is another share's, or is over. */
  readGrant(shareId: string, cookie: string | undefined): Grant | undefined {
    const [codeId = "", expires = "", key = "", signature = ""] = (cookie ?? "").split(".");
    const good = this.#signer.verify("share-grant", [shareId, codeId, expires].join("\n"), signature, key);
    return good && Number(expires) > Date.now() ? { codeId, expiresAt: Number(expires) } : undefined;
  }
}
