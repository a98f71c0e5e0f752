import { getUsage } from "../../src/contract/account.ts";
import { operationTool } from "../tool.ts";

/** The text names this many groups; structuredContent has them all. */
const MAX_SHOWN = 10;

export default operationTool(getUsage, {
  name: "get_usage",
  title: "Get usage and balance",
  group: "account",
  effect: "read",
  description:
    "Show the credit balance and what speech was charged, in all or between two dates, by day, provider or voice. " +
    "Failed jobs are refunded and don't count. Call estimate_cost for what a text would cost.",
  text: ({ credit_balance, unlimited, chars_charged, jobs, groups }) =>
    [
      `${chars_charged} characters charged in ${jobs} ${jobs === 1 ? "job" : "jobs"}.`,
      unlimited ? "The account is unlimited." : `Credit balance: ${credit_balance}.`,
      ...(groups ?? []).slice(0, MAX_SHOWN).map((one) => `- ${one.group}: ${one.chars_charged} in ${one.jobs}`),
      ...(groups && groups.length > MAX_SHOWN ? [`and ${groups.length - MAX_SHOWN} more.`] : []),
    ].join("\n"),
});
