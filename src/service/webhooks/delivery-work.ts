import type { OutputFormat } from "../../speech/encoders/encoder.ts";
import { extensionOf } from "../../speech/formats.ts";
import type { Store } from "../../store/database.ts";
import type { Signer } from "../../store/secrets.ts";
import { isoTime } from "../clock.ts";
import type { JobRow } from "../job-row.ts";
import type { Links } from "../links.ts";
import type { Log } from "../log.ts";
import { openSecret } from "./account-webhook.ts";
import type { ClaimedDelivery, DeliveryLeases } from "./delivery-leases.ts";
import type { PostOutcome, WebhookPoster } from "./poster.ts";
import { signedHeaders } from "./signature.ts";

export interface DeliveryParts {
  store: Store;
  links: Links;
  signer: Signer;
  leases: Pick<DeliveryLeases, "renew" | "record">;
  poster: Pick<WebhookPoster, "post">;
  log: Log;
}

/** Makes one try of a claimed delivery and records how it went. */
export class DeliveryWork {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Ends with the row telling the outcome, or (aborted, or taken over) with nothing recorded. */
  async run(claim: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    const { leases, log } = this.#parts;
    const { deliveryId, jobId, attempt } = claim;
    let outcome: PostOutcome | undefined;
    try {
      outcome = await this.#send(claim, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.error({ deliveryId, jobId, err: error }, "a webhook could not be sent");
      outcome = { accepted: false, what: "it could not be sent" };
    }
    if (!outcome) return;
    const became = await leases.record(claim, outcome);
    const facts = { deliveryId, jobId, attempt, status: outcome.status, what: outcome.what };
    if (became === "failed") log.warn(facts, "a webhook was given up");
    else log.info(facts, "a webhook was tried");
  }

  /** @returns undefined when another process has the delivery now. */
  async #send(claim: ClaimedDelivery, signal: AbortSignal): Promise<PostOutcome | undefined> {
    const { store, signer, leases, poster } = this.#parts;
    const { account_id, event } = claim.row;
    const job = await store.selectFrom("jobs").selectAll().where("job_id", "=", claim.jobId).executeTakeFirstOrThrow();
    const body = JSON.stringify({ event, created_at: isoTime(claim.row.created_at), data: await this.#data(job) });
    const secret = openSecret(signer, account_id, claim.webhook.secretSealed);
    // The machine may have slept since the claim: the rest takes less time than this gives.
    if (!(await leases.renew(claim))) return undefined;
    signal.throwIfAborted();
    const headers = signedHeaders({ event, deliveryId: claim.deliveryId, secret, body, unixMs: Date.now() });
    return poster.post(job.webhook_url ?? claim.webhook.url, headers, body, signal);
  }

  /**
   * [pub] What is told of a job. It is made anew for each try, so the bytes of two tries differ: the audio's URL lives a
   * day, and a body that was kept would bring a dead one when the receiver is back after a night. Nor are metadata and
   * URLs in the outbox that way, from where they would have to be erased. The delivery's id is what repeats are known by.
   */
  async #data(job: JobRow): Promise<object> {
    const failed = job.status === "failed";
    const hasAudio = job.status === "completed" && job.audio_deleted_at === null;
    const audio = hasAudio
      ? await this.#parts.links.audioUrl(job.job_id, extensionOf(job.output_format as OutputFormat))
      : undefined;
    return {
      job_id: job.job_id,
      status: job.status,
      ...(audio && {
        audio_endpoint: `/api/v1/tts/${job.job_id}/audio`,
        audio_url: audio.url,
        audio_url_expires_at: isoTime(audio.expiresAt),
      }),
      chars_charged: failed ? 0 : job.chars_charged,
      metadata: job.metadata === null ? {} : JSON.parse(job.metadata),
      ...(failed && { error: { code: job.error_code, message: job.error_message } }),
    };
  }
}
