import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What is not somebody's public server, from IANA's IPv4 special-purpose registry (with the few blocks in it that are
 * globally reachable but no place for a webhook), multicast (RFC 5771) and reserved space (RFC 1112). Written out,
 * because libraries' names for ranges leave some out (ipaddr.js 1.9 calls 198.18.0.0/15 unicast).
 */
const NOT_PUBLIC_IPV4 = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT; Alibaba Cloud's metadata
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure's host, reached from inside its machines only
  "169.254.0.0/16", // link-local; the metadata of most clouds
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments; Oracle Cloud's metadata
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // AMT
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarking
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
].map((range) => ipaddr.IPv4.parseCIDR(range));

/**
 * The only IPv6 space with public servers (RFC 4291). Outside of it: loopback, unspecified, IPv4-mapped, -compatible and
 * -translated, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard-only, SRv6, unique local, link- and site-local, multicast.
 */
const GLOBAL_UNICAST_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** What of it is none: IANA's IPv6 special-purpose registry. */
const NOT_PUBLIC_IPV6 = [
  "2001::/23", // protocol assignments: Teredo, benchmarking, ORCHID, AMT, AS112
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: an IPv4 address in disguise
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
].map((range) => ipaddr.IPv6.parseCIDR(range));

/** True for an IP address at which a public server may be. False for every other, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  // Strict: the library alone also reads octal, hexadecimal and short forms. A zone belongs to a link.
  if (isIP(address) === 0 || address.includes("%")) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return !NOT_PUBLIC_IPV4.some((range) => parsed.match(range));
  const ipv6 = parsed as ipaddr.IPv6;
  return ipv6.match(GLOBAL_UNICAST_IPV6) && !NOT_PUBLIC_IPV6.some((range) => ipv6.match(range));
}
