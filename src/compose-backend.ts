import { availableParallelism } from "node:os";
import path from "node:path";
import type { Hono } from "hono";
import pino from "pino";
import { FsBlobStore } from "./blobs/fs-blob-store.ts";
import type { Config } from "./config.ts";
import type { EngineEntry } from "./engines/engine.ts";
import { createEngineRegistry } from "./engines/registry.ts";
import { InProcessQueue } from "./queue/in-process.ts";
import { createApp } from "./server/app.ts";
import type { Authenticate } from "./server/auth.ts";
import { clientAddress } from "./server/client-address.ts";
import { accessCodeHandlers } from "./server/handlers/access-codes.ts";
import { accountHandlers } from "./server/handlers/account.ts";
import { jobHandlers } from "./server/handlers/jobs.ts";
import { libraryHandlers } from "./server/handlers/library.ts";
import { shareHandlers } from "./server/handlers/shares.ts";
import { storageHandlers } from "./server/handlers/storage.ts";
import { ttsHandlers } from "./server/handlers/tts.ts";
import { voiceHandlers } from "./server/handlers/voices.ts";
import { webhookHandlers } from "./server/handlers/webhook.ts";
import { LoopbackListener } from "./server/loopback.ts";
import { LOCAL_ACCOUNT_ID } from "./service/accounts.ts";
import { AudioFiles } from "./service/audio-files.ts";
import { Catalogue } from "./service/catalogue.ts";
import { CollectionService } from "./service/collections.ts";
import { StoredEngineCache } from "./service/engine-cache.ts";
import { HEARTBEAT_MS, JobLeases } from "./service/job-leases.ts";
import { JobRecords } from "./service/job-records.ts";
import { JobWork } from "./service/job-work.ts";
import { JobService } from "./service/jobs.ts";
import { Links, type Origins } from "./service/links.ts";
import { ListenerIdentity } from "./service/listener-identity.ts";
import { LiveJobs } from "./service/live-jobs.ts";
import type { Log } from "./service/log.ts";
import { OpenAiSpeech } from "./service/openai-speech.ts";
import { PricingService } from "./service/pricing.ts";
import { readRateCard } from "./service/rate-card.ts";
import { SampleService } from "./service/samples.ts";
import { AccessCodeService } from "./service/shares/access-codes.ts";
import { CodeGuard } from "./service/shares/code-guard.ts";
import { ShareLinks } from "./service/shares/share-links.ts";
import { hasActiveShares } from "./service/shares/share-row.ts";
import { ShareVisits } from "./service/shares/share-visits.ts";
import { ShareService } from "./service/shares/shares.ts";
import { StorageService } from "./service/storage.ts";
import { StreamService } from "./service/streams.ts";
import { TagService } from "./service/tags.ts";
import { tidy } from "./service/tidy.ts";
import { UsageService } from "./service/usage.ts";
import { WebhookService } from "./service/webhooks/account-webhook.ts";
import { DeliveryLeases } from "./service/webhooks/delivery-leases.ts";
import { DeliveryWork } from "./service/webhooks/delivery-work.ts";
import { WebhookPoster } from "./service/webhooks/poster.ts";
import { AllowedHosts } from "./service/webhooks/target.ts";
import { createSpeechPipeline } from "./speech/pipeline.ts";
import { openDataDir } from "./store/data-dir.ts";
import { openStore, type Store } from "./store/database.ts";
import { AUDIO_FOLDER, DATABASE_FILE } from "./store/files.ts";
import { makeProcessId } from "./store/process-id.ts";
import { openReader, type Reader } from "./store/reader.ts";
import { openSigner } from "./store/secrets.ts";

/** How often a process looks for jobs that others left. */
const SWEEP_MS = 2_000;

/** How often a process looks for webhooks that are due. What its own jobs have to tell, it sends at once. */
const WEBHOOK_SWEEP_MS = 5_000;
/** Jobs of providers' voices at a time: they wait for answers, and keep none of this machine's voices from speaking. */
const PROVIDER_JOBS = 16;
/** Webhooks on their way at a time: they wait for others, so there may be more than cores. */
const WEBHOOK_CONCURRENCY = 16;

/** How often a process looks whether another one has shared something. */
const SHARES_CHECK_MS = 5_000;

/** How long after a job's end the outbox is looked into. */
const OUTBOX_DELAY_MS = 10;

/** Said of every share's link that the loopback listener serves. */
const THIS_MACHINE_ONLY =
  "this link opens on this computer only, while aittsm runs; give others the audio files, or host the service";

/** The whole service in this process. */
export interface EmbeddedBackend {
  /** REST v1 and the pages; `bindings` are the Node adapter's, when there is a socket. */
  fetch: (request: Request, bindings?: object) => Response | Promise<Response>;
  /** The same as an app that another can mount. */
  app: Hono;
  store: Store;
  dataDir: string;
  /** Answers long polls with what is known: to be called before the socket is closed. */
  hurry(): void;
  /** Gives running jobs back for another process and lets go of everything. */
  close(): Promise<void>;
}

export interface BackendOptions {
  /** Who calls; default: everything in this process is the local account. */
  authenticate?: (store: Store, reader: Reader) => Authenticate;
  /** Where URLs point; default: the loopback listener, started on first need. */
  origins?: Origins;
  threads?: number;
  /** Whose voices there are; default: every engine of the product. */
  engines?: readonly EngineEntry[];
  /** "full": what was answered survives a loss of power. Default "normal": it survives a crash of the process. */
  durability?: "normal" | "full";
  /** Whether speech threads step back while others want to run. */
  background?: boolean;
  /** Whether a temporary folder may stand in for a data directory that can't be written. */
  standIn?: boolean;
}

const localCaller: Authenticate = async () => ({ accountId: LOCAL_ACCOUNT_ID, scopes: "all", local: true });

/** A logger to stderr: stdout belongs to JSON-RPC. */
export function createLog(config: Config): Log {
  return pino({ level: config.logLevel, base: undefined }, pino.destination({ dest: 2, sync: true }));
}

/**
 * Opens the data directory and starts the service on it. Jobs that a killed process left are taken up at once.
 * @throws AppError CONFIG_INVALID when the data directory, its key or its database can't be used, or the rate card is not right.
 */
export async function composeEmbedded(config: Config, options: BackendOptions = {}): Promise<EmbeddedBackend> {
  const log = createLog(config);
  // First, because a wrong setting must leave nothing behind.
  const rateCard = await readRateCard(config.rateCard);
  const dataDir = await openDataDir(config.dataDir, { standIn: options.standIn ?? true });
  if (dataDir.warning) log.warn({}, dataDir.warning);
  const databaseFile = path.join(dataDir.path, DATABASE_FILE);
  const signer = await openSigner(dataDir.path, databaseFile);
  const store = openStore(databaseFile, options.durability);
  const reader = openReader(databaseFile, store);
  const blobs = new FsBlobStore(path.join(dataDir.path, AUDIO_FOLDER));
  const engines = createEngineRegistry(
    { variables: config.environment, modelDir: config.modelDir, cache: new StoredEngineCache(store) },
    options.engines,
  );
  const catalogue = new Catalogue(engines.engines, { log });
  const threads = options.threads ?? availableParallelism();
  const speech = createSpeechPipeline({ threads, engines, background: options.background });
  const live = new LiveJobs();

  // The listener serves what the links point to, and the links point to the listener.
  const origins: Origins = options.origins ?? { audio: () => listener.audio(), stream: () => listener.stream() };
  const links = new Links(signer, origins);
  const audioFiles = new AudioFiles({ store, blobs, links });
  const media = { audioFiles, streams: new StreamService({ store, blobs, live }) };
  const shareLinks = new ShareLinks(signer, origins);
  const codes = new AccessCodeService(store, signer);
  const pages = {
    visits: new ShareVisits({ store, links: shareLinks, codes, guard: new CodeGuard(store), audioFiles }),
    addressOf: clientAddress(config.trustedProxies),
  };
  const listener = new LoopbackListener({ media, pages, identity: new ListenerIdentity(store, signer), log });

  const processId = makeProcessId();
  const allowed = new AllowedHosts(config.webhookAllowedHosts);
  const poster = new WebhookPoster({ allowed });
  const webhooks = new WebhookService({ store, signer, allowed, poster });
  const deliveryLeases = new DeliveryLeases(store, processId);
  const delivery = new DeliveryWork({ store, links, signer, leases: deliveryLeases, poster, log });
  const outbox = new InProcessQueue(deliveryLeases, (claim, signal) => delivery.run(claim, signal), {
    concurrency: WEBHOOK_CONCURRENCY,
    heartbeatMs: HEARTBEAT_MS,
    sweepMs: WEBHOOK_SWEEP_MS,
    onError: (error) => log.error({ err: error }, "the sender of webhooks had an error"),
  });

  const work = new JobWork({ store, blobs, speech, live, log });
  const runJob: typeof work.run = async (claim, signal) => {
    await work.run(claim, signal);
    // First whoever waits for the job has their answer.
    setTimeout(() => outbox.wake(), OUTBOX_DELAY_MS).unref();
  };
  const isRemote = (voiceId: string) => engines.find(voiceId)?.local === false;
  const queue = new InProcessQueue(new JobLeases(store, processId, isRemote), runJob, {
    concurrency: threads + 1,
    waitingPlaces: PROVIDER_JOBS,
    heartbeatMs: HEARTBEAT_MS,
    sweepMs: SWEEP_MS,
    onError: (error) => log.error({ err: error }, "the job runner had an error"),
  });
  const defaults = { defaultVoice: config.defaultVoice, fallback: config.voiceFallback };
  const standingWarnings = dataDir.warning ? [dataDir.warning] : [];
  const jobs = new JobService({
    store,
    reader,
    blobs,
    catalogue,
    links,
    live,
    queue,
    webhooks,
    defaults,
    standingWarnings,
  });
  const samples = new SampleService({ store, blobs, catalogue, links, queue });
  const linkWarnings = options.origins ? standingWarnings : [...standingWarnings, THIS_MACHINE_ONLY];
  const shares = new ShareService({ store, links: shareLinks, linkWarnings });
  const records = new JobRecords({ store, blobs, log });
  const collections = new CollectionService(store);
  const app = createApp({
    handlers: {
      ...ttsHandlers(jobs),
      ...voiceHandlers(catalogue, samples),
      ...accountHandlers({
        usage: new UsageService(store),
        pricing: new PricingService({ catalogue, defaults, rateCard }),
      }),
      ...jobHandlers(records),
      ...shareHandlers(shares),
      ...accessCodeHandlers(codes, shares),
      ...libraryHandlers({ collections, tags: new TagService(store), records }),
      ...storageHandlers(new StorageService({ store, blobs, log })),
    },
    // Whoever has the machine has the command line for it.
    webhookHandlers: options.authenticate && webhookHandlers(webhooks),
    openAi: options.authenticate && {
      speech: new OpenAiSpeech({ jobs, streams: media.streams, catalogue }),
      catalogue,
    },
    media,
    pages,
    authenticate: options.authenticate?.(store, reader) ?? localCaller,
    log,
  });

  await tidy(store, blobs).catch((error) => log.warn({ err: error }, "the data folder could not be tidied"));
  queue.wake();
  outbox.wake();
  const stopWatching = options.origins ? () => {} : listenForShares(store, listener, log);
  return {
    fetch: (request, bindings) => app.fetch(request, bindings),
    app,
    store,
    dataDir: dataDir.path,
    hurry: () => jobs.hurry(),
    close: async () => {
      stopWatching();
      await Promise.all([queue.close(), outbox.close()]);
      await listener.close();
      await speech.close();
      await engines.close();
      reader.close();
      await store.destroy();
    },
  };
}

/**
 * Starts the listener once there are shares, whoever made them: their links are in other people's hands and work while
 * any process runs, not only while the one runs that was asked for them. Gives what stops the watch.
 */
function listenForShares(store: Store, listener: LoopbackListener, log: Log): () => void {
  const look = async () => {
    if (!(await hasActiveShares(store))) return;
    clearInterval(timer);
    await listener.audio();
  };
  const tryToLook = () =>
    void look().catch((error) => log.warn({ err: error }, "the listener for shares could not be started"));
  const timer = setInterval(tryToLook, SHARES_CHECK_MS).unref();
  tryToLook();
  return () => clearInterval(timer);
}
