import { randomUUID } from "node:crypto";

/**
 * A new job's id: a UUID that begins with the time (RFC 9562 §5.7), with 74 random bits behind it. What is made together
 * lies together in each of the indexes by job: with ids that are all random, every job touches pages of its own there.
 */
export function newJobId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
