import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names this process in leases: `host/pid/uuid`. The host part tells apart the pid namespaces of containers that share
 * one data directory, so that a pid is only ever looked up where it means something.
 */
export function makeProcessId(): string {
  return `${hostPart()}/${process.pid}/${randomUUID()}`;
}

let host: string | undefined;
function hostPart(): string {
  if (host === undefined) {
    let namespace = "";
    try {
      namespace = `~${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;
    } catch {
      // only Linux has pid namespaces
    }
    host = `${hostname().replaceAll("/", "_")}${namespace}`;
  }
  return host;
}

/** True when the process that a lease names ran on this machine and is certainly gone. When in doubt, false. */
export function isCertainlyGone(processId: string): boolean {
  const [owner, pid] = processId.split("/");
  if (owner !== hostPart() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
