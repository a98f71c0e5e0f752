import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** A third of the share that a thread of ordinary priority gets: behind it, and not starved by other programs. */
const NICENESS = 5;

/**
 * Lets the calling thread step back when others want to run: a server that speaks with every core still answers.
 * Linux only, where each thread has a priority of its own; elsewhere it does nothing.
 */
export function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  try {
    // A synchronous call runs in this thread, so it is this thread's link: "<pid>/task/<tid>".
    const threadId = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    if (threadId !== process.pid) setPriority(threadId, NICENESS);
  } catch {
    // No /proc, or it may not be changed: then all threads are alike, as everywhere else.
  }
}
