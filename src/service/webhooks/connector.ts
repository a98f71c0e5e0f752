import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { buildConnector } from "undici";
import { isPublicAddress } from "./public-address.ts";

export type Connector = buildConnector.connector;
/** The addresses of a name; `trusted` ones may be names of this network. @throws what the resolver throws. */
export type Resolve = (hostname: string, trusted: boolean) => Promise<string[]>;

/** A server that is not there costs this much for each of its addresses. */
export const CONNECT_TIMEOUT_MS = 4_000;
const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** More addresses of one name are checked, but not tried. */
const MAX_DIALLED = 4;

/** The host stands for an address that is not public. Its message holds no address: a caller may not map our network. */
export class AddressRefused extends Error {
  constructor() {
    super("an address that is not public");
  }
}

/**
 * Asks DNS itself for public names: the system's resolver also knows the hosts file, and holds one of the few threads
 * that files need, too, for as long as a name server is silent. Trusted names are looked up as the system does.
 */
export const resolveHost: Resolve = async (hostname, trusted) => {
  if (trusted) return (await lookup(hostname, { all: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (ipv4.status === "rejected" && ipv6.status === "rejected") throw ipv4.reason;
  return [ipv4, ipv6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
};

/**
 * Dials the addresses that were checked, and nothing else: the name is resolved once for each connection, all addresses
 * of the answer must be public, and what is handed on is one of these addresses instead of the name. A name server that
 * gives another answer a moment later (DNS rebinding) is not asked. TLS still asks for the certificate of the name.
 * @param dial connects to an address as it is
 * @param trusted the host is an allowed one: its addresses are not judged
 * @param signal when it aborts, nothing more is dialled, and the caller is told: undici itself waits for a connection
 * that is being made, whatever becomes of the request
 */
export function checkedConnector(
  dial: Connector,
  { trusted, resolve = resolveHost, signal }: { trusted: boolean; resolve?: Resolve; signal: AbortSignal },
): Connector {
  const addressesOf = async (hostname: string): Promise<string[]> => {
    const addresses = isIP(hostname) ? [hostname] : await resolve(hostname, trusted);
    if (!trusted && !addresses.every(isPublicAddress)) throw new AddressRefused();
    if (addresses.length === 0) throw Object.assign(new Error("no address"), { code: "ENOTFOUND" });
    return addresses.slice(0, MAX_DIALLED);
  };
  return (options, callback) => {
    let ended = false;
    const end: buildConnector.Callback = (...result) => {
      if (ended) result[1]?.destroy();
      else callback(...result);
      ended = true;
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => end(signal.reason, null);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const dialNext = ([address, ...others]: string[]): void => {
      if (ended) return;
      // `host` stays the name: the certificate has to be for it.
      dial({ ...options, hostname: address! }, (...result) => {
        if (result[0] && others.length > 0) dialNext(others);
        else end(...result);
      });
    };
    addressesOf(options.hostname)
      .then(dialNext)
      .catch((error) => end(error, null));
  };
}
