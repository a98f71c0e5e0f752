import type { Context } from "hono";
import ipaddr from "ipaddr.js";
import proxyaddr from "proxy-addr";
import { bindingsOf } from "./node-bindings.ts";

/** Finds out which address a request is from. */
export type ClientAddress = (c: Context) => string;

/** 64 bits are one network: its owner has all of the addresses in it, so they count as one. */
const IPV6_NETWORK_BYTES = 8;

/**
 * @param trustedProxies addresses and networks whose X-Forwarded-For is believed (AITTSM_TRUSTED_PROXIES); what anybody
 * else writes into that header is not
 */
export function clientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trust = proxyaddr.compile([...trustedProxies]);
  return (c) => {
    const { incoming } = bindingsOf(c);
    if (!incoming) return "this process";
    // Node forgets the address of a connection that is closed.
    const address: string | undefined = proxyaddr(incoming, trust);
    return network(withoutPort(address ?? "unknown"));
  };
}

/** Some proxies write the port as well ("192.0.2.1:4711", "[2001:db8::1]:4711"), which is another one each time. */
const withoutPort = (address: string) =>
  address.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");

function network(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const bytes = parsed.toByteArray().map((byte, i) => (i < IPV6_NETWORK_BYTES ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/64`;
}
