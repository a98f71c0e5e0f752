import path from "node:path";
import { LOCAL_ACCOUNT_ID } from "../../src/service/accounts.ts";
import { Links } from "../../src/service/links.ts";
import type { Log } from "../../src/service/log.ts";
import { WebhookService } from "../../src/service/webhooks/account-webhook.ts";
import { DeliveryLeases } from "../../src/service/webhooks/delivery-leases.ts";
import { DeliveryWork } from "../../src/service/webhooks/delivery-work.ts";
import type { PostOutcome } from "../../src/service/webhooks/poster.ts";
import { AllowedHosts } from "../../src/service/webhooks/target.ts";
import { openSigner } from "../../src/store/secrets.ts";
import { jobsWorkbench } from "./jobs.ts";

export interface Posted {
  url: string;
  headers: Record<string, string>;
  raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  at: number;
}

type Respond = (posted: Posted, signal?: AbortSignal) => PostOutcome | Promise<PostOutcome>;

export const ACCEPTED: PostOutcome = { accepted: true, status: 200, what: "the receiver answered 200" };
export const REFUSED: PostOutcome = { accepted: false, status: 500, what: "the receiver answered 500" };

/** The outbox's parts on a fresh data directory, with a receiver that is a function. */
export async function outboxWorkbench() {
  const bench = jobsWorkbench();
  const { store, folder } = bench;
  // The database stands already here; in the product the key comes first.
  const signer = await openSigner(folder, path.join(folder, "none"));
  const links = new Links(signer, { audio: async () => "http://audio.test", stream: async () => "http://audio.test" });
  const posted: Posted[] = [];
  const logged: string[] = [];
  const note = (_: object, sentence: string) => void logged.push(sentence);
  const log: Log = { error: note, warn: note, info: note, debug: note };
  const receiver: { respond: Respond } = { respond: () => ACCEPTED };
  const poster = {
    async post(url: string, headers: Record<string, string>, raw: string, signal?: AbortSignal) {
      const entry = { url, headers, raw, body: JSON.parse(raw), at: Date.now() };
      posted.push(entry);
      return receiver.respond(entry, signal);
    },
  };
  const allowed = new AllowedHosts([]);
  const webhooks = new WebhookService({ store, signer, allowed, poster });
  const sender = (processId: string, random?: () => number) => {
    const leases = new DeliveryLeases(store, processId, random);
    const work = new DeliveryWork({ store, links, signer, leases, poster, log });
    return {
      leases,
      work,
      /** Tries what is due now, one after the other; gives how many there were. */
      async sendDue(signal: AbortSignal = new AbortController().signal): Promise<number> {
        for (let count = 0; ; count++) {
          const claim = await leases.claim();
          if (!claim) return count;
          await work.run(claim, signal);
        }
      },
    };
  };
  return {
    ...bench,
    signer,
    webhooks,
    posted,
    logged,
    receiver,
    sender,
    /** A webhook of the local account; gives its secret. */
    setWebhook: async (url = "https://hooks.example.com/a") =>
      (await webhooks.set(LOCAL_ACCOUNT_ID, { url })).secret as string,
    /** Submits a job and lets it end. */
    async end(how: "completed" | "failed" = "completed"): Promise<string> {
      const jobId = await bench.submit("Hello.");
      if (how === "failed") bench.speech.run = () => Promise.reject(new Error("no"));
      else bench.speech.run = async () => ({ durationSeconds: 1, patches: [] });
      const claim = (await bench.leases("jobs").claim())!;
      await bench.work.run(claim, new AbortController().signal);
      return jobId;
    },
    deliveries: () => store.selectFrom("webhook_deliveries").selectAll().orderBy("created_at").execute(),
  };
}
