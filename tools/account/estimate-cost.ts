import { estimateCost } from "../../src/contract/account.ts";
import { operationTool } from "../tool.ts";

export default operationTool(estimateCost, {
  name: "estimate_cost",
  title: "Estimate cost and length",
  group: "account",
  effect: "read",
  description:
    "Estimate what a text would cost and how long its speech would be; nothing is spoken or charged. Send text, or " +
    "chars (its UTF-8 bytes). Use it before a long text; then call generate_speech with the same voice_id.",
  text: (answer) => {
    const { chars, voice_id, estimated_cost, currency, estimated_duration_seconds, within_limits, limit } = answer;
    const cost = estimated_cost === undefined ? "an unknown price" : `${estimated_cost} ${currency}`;
    return [
      `${chars} characters${voice_id ? ` with ${voice_id}` : ""}: ${cost}, about ${length(estimated_duration_seconds)}.`,
      ...(within_limits ? [] : [`Too long for one job: the limit is ${limit} bytes of text.`]),
      ...(answer.warnings ?? []).map((warning) => `Warning: ${warning}`),
      ...(within_limits && voice_id ? [`Next: call generate_speech with voice_id "${voice_id}".`] : []),
    ].join("\n");
  },
});

/** 3725 → "1 h 2 min 5 s". */
function length(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 3_600), "h"],
    [Math.floor((whole % 3_600) / 60), "min"],
    [whole % 60, "s"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
