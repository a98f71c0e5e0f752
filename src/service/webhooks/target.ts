import { isIP } from "node:net";
import { invalidField } from "../../errors.ts";
import { isPublicAddress } from "./public-address.ts";

/**
 * Names that lead to this machine or this network only: RFC 6761, RFC 6762 (with appendix G), RFC 8375, and ICANN's
 * .internal, under which clouds keep their metadata.
 */
const LOCAL_NAMES = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
];

/** Hosts that whoever runs the service trusts wherever they are (AITTSM_WEBHOOK_ALLOWED_HOSTS): `host` or `host:port`. */
export class AllowedHosts {
  readonly #hosts: ReadonlySet<string>;

  constructor(hosts: readonly string[]) {
    this.#hosts = new Set(hosts);
  }

  has(url: URL): boolean {
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    return this.#hosts.has(url.hostname) || this.#hosts.has(`${url.hostname}:${port}`);
  }
}

/**
 * Reads a webhook's URL: https to a public host, or http(s) to an allowed one. A name is judged as such here; the
 * addresses that it stands for are judged when one of them is dialled.
 * @param field the name of the field that it came in
 * @throws AppError INVALID_INPUT.
 */
export function readTarget(text: string, field: string, allowed: AllowedHosts): URL {
  const refuse = (why: string) => {
    const hint = "send the https URL of a public server, such as https://hooks.example.com/tts, or leave it out";
    return invalidField(field, `${field} must be a public https URL: ${why}.`, hint);
  };
  // The parser gives every spelling of an IPv4 address (octal, hexadecimal, one number, full-width) its usual one.
  if (!URL.canParse(text)) throw refuse("this is no URL");
  const url = new URL(text);
  const trusted = allowed.has(url);
  if (url.protocol !== "https:" && !(trusted && url.protocol === "http:")) throw refuse("this is not https");
  if (url.username || url.password) throw refuse("this has a user or password in it");
  url.hash = "";
  if (trusted) return url;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) {
    if (!isPublicAddress(host)) throw refuse("this address is not public");
  } else if (host.endsWith(".")) throw refuse("the host ends in a dot");
  else if (!host.includes(".") || LOCAL_NAMES.some((name) => `.${host}`.endsWith(`.${name}`))) {
    throw refuse("this name is not a public one");
  }
  return url;
}
