import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../src/server/client-address.ts";

/** The address of a request that came from `remote` with this X-Forwarded-For, to a service that trusts `proxies`. */
function addressOf(remote: string | undefined, forwarded?: string, proxies: string[] = []): string {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  const incoming = { headers, socket: { remoteAddress: remote }, connection: { remoteAddress: remote } };
  return clientAddress(proxies)({ env: { incoming: incoming as unknown as IncomingMessage } } as Context);
}

describe("the address of a client", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["::1", "::/64"],
    ["fe80::1%eth0", "fe80::/64"],
  ])("%s counts as %s", (remote, counted) => {
    expect(addressOf(remote)).toBe(counted);
  });

  it("is the one of the connection, whatever the header says, without trusted proxies", () => {
    expect(addressOf("203.0.113.7", "198.51.100.1")).toBe("203.0.113.7");
    expect(addressOf("203.0.113.7", "127.0.0.1, 10.0.0.1")).toBe("203.0.113.7");
    expect(addressOf("127.0.0.1", "198.51.100.1")).toBe("127.0.0.1");
    expect(addressOf("203.0.113.7", "198.51.100.1", ["127.0.0.1", "10.0.0.0/8"])).toBe("203.0.113.7");
  });

  it("is what the nearest trusted proxy saw, not what the client wrote before it", () => {
    const proxies = ["10.0.0.0/8", "2001:db8:ffff::/48"];
    expect(addressOf("10.0.0.1", "198.51.100.1", proxies)).toBe("198.51.100.1");
    expect(addressOf("::ffff:10.0.0.1", "198.51.100.1", proxies)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", "6.6.6.6, 198.51.100.1", proxies)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.9.9.9", proxies)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", "10.6.6.6, 198.51.100.1", proxies)).toBe("198.51.100.1");
    expect(addressOf("2001:db8:ffff::1", "2001:db8:1:2:3::4", proxies)).toBe("2001:db8:1:2::/64");
    expect(addressOf("10.0.0.1", "::ffff:198.51.100.1", proxies)).toBe("198.51.100.1");
    expect(addressOf("10.0.0.1", undefined, proxies)).toBe("10.0.0.1");
    expect(addressOf("10.0.0.1", "", proxies)).toBe("10.0.0.1");
  });

  it("is the same for all ports that a proxy notes beside it", () => {
    const proxies = ["loopback"];
    expect(addressOf("127.0.0.1", "198.51.100.1:4711", proxies)).toBe("198.51.100.1");
    expect(addressOf("127.0.0.1", "[2001:db8:1:2::3]:4711", proxies)).toBe("2001:db8:1:2::/64");
    expect(addressOf("127.0.0.1", "[2001:db8:1:2::4]", proxies)).toBe("2001:db8:1:2::/64");
    // A name for nobody, as some proxies write it, is one address for all of them.
    expect(addressOf("127.0.0.1", "unknown", proxies)).toBe("unknown");
    expect(addressOf(undefined)).toBe("unknown");
  });

  it("is this process where there is no socket", () => {
    expect(clientAddress(["loopback"])({ env: undefined } as Context)).toBe("this process");
    expect(clientAddress([])({ env: {} } as Context)).toBe("this process");
  });
});
