import jobs from "./01-jobs.ts";
import libraryAndShares from "./02-library-and-shares.ts";
import answersOfShares from "./03-answers-of-shares.ts";
import accountsAndKeys from "./04-accounts-and-keys.ts";
import webhooks from "./05-webhooks.ts";
import listsInOrder from "./06-lists-in-order.ts";
import sumsAndSpans from "./07-sums-and-spans.ts";
import engines from "./08-engines.ts";
import scriptVoices from "./09-script-voices.ts";

/**
 * The database's versions, oldest first; entry i brings version i to i+1 (`PRAGMA user_version`). A released entry is
 * never edited: a change is a new file.
 */
export const MIGRATIONS: readonly string[] = [
  jobs,
  libraryAndShares,
  answersOfShares,
  accountsAndKeys,
  webhooks,
  listsInOrder,
  sumsAndSpans,
  engines,
  scriptVoices,
];
