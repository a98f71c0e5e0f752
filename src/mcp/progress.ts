import type { ServerContext } from "@modelcontextprotocol/server";

/** Notifications nearer to each other than this tell nobody anything. */
const LEAST_GAP_MS = 200;

/**
 * The function that reports a call's progress, or undefined when the client gave no token. The protocol wants every
 * notification to be higher than the last, so repeats are left out.
 */
export function progressReporter(context: ServerContext): ((done: number, total: number) => void) | undefined {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let highest = -1;
  let sentAt = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (done <= highest || now - sentAt < LEAST_GAP_MS || context.mcpReq.signal.aborted) return;
    highest = done;
    sentAt = now;
    const message = `${done} of ${total} characters`;
    const params = { progressToken, progress: done, total, message };
    // A notification that can't be sent is no reason to fail the call.
    context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
}
