import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../../../src/service/webhooks/public-address.ts";
import { AllowedHosts, readTarget } from "../../../../src/service/webhooks/target.ts";

const nobody = new AllowedHosts([]);
const refusal = (url: string, allowed = nobody) => {
  try {
    return readTarget(url, "url", allowed).href;
  } catch (error) {
    return error as { code: string; hint: string; details: { fields: { field: string }[] } };
  }
};

/** Hosts in many spellings, by what they stand for. None of them is somebody's public server. */
const NOT_PUBLIC: Record<string, string[]> = {
  "this machine": [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ｌｏｃａｌｈｏｓｔ",
    "a.localhost",
    "localhost.localdomain",
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0000000177.1",
    "127.0.0.0x1",
    "１２７.０.０.１",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "0",
    "0.0.0.0",
    "0x0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
  ],
  "an IPv4 address in an IPv6 one": [
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:10.0.0.1]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::10.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2002:808:808::1]",
    "[2001::7f00:1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
  ],
  "a private network": [
    "10.0.0.1",
    "10.255.255.255",
    "012.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "0xC0A80101",
    "3232235777",
    "192.168.257",
    "100.64.0.1",
    "100.127.255.254",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fec0::1]",
  ],
  "a link": ["169.254.1.1", "[fe80::1]", "[febf::1]"],
  "a cloud's metadata": [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "metadata.google.internal",
    "metadata.google.internal.",
    "instance-data.ec2.internal",
  ],
  "many at once": ["224.0.0.1", "239.255.255.250", "255.255.255.255", "[ff02::1]", "[ff0e::1]"],
  nobody: [
    "0.1.2.3",
    "192.0.0.1",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "240.0.0.1",
    "254.255.255.255",
    "[100::1]",
    "[100:0:0:1::1]",
    "[2001:2::1]",
    "[2001:3::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:30::1]",
    "[2001:1ff:ffff::1]",
    "[2001:db8::1]",
    "[2620:4f:8000::1]",
    "[3fff::1]",
    "[3fff:fff::1]",
    "[4000::1]",
    "[5f00::1]",
    "[8000::1]",
  ],
  "a name of this network": [
    "printer.local",
    "PRINTER.LOCAL",
    "printer.local.",
    "vault.internal",
    "router.lan",
    "nas.home",
    "nas.home.arpa",
    "home.arpa",
    "wiki.corp",
    "wiki.intranet",
    "wiki.private",
    "intranet",
    "redis",
    "hooks.example.com.",
  ],
};

describe("a webhook's URL", () => {
  const table = Object.entries(NOT_PUBLIC).flatMap(([what, hosts]) => hosts.map((host) => [host, what] as const));
  it("is tried in more than a hundred spellings", () => expect(table.length).toBeGreaterThan(100));

  it.each(table)("may not name %s (%s)", (host) => {
    for (const url of [`https://${host}/hook`, `https://${host}:8443/hook`]) {
      expect(refusal(url)).toMatchObject({ code: "INVALID_INPUT", details: { fields: [{ field: "url" }] } });
    }
  });

  it.each([
    "http://hooks.example.com/x",
    "ftp://hooks.example.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "hooks.example.com/x",
    "//hooks.example.com/x",
    "https://",
    "https:///",
    "https://user@hooks.example.com/x",
    "https://user:secret@hooks.example.com/x",
    "https://:secret@hooks.example.com/x",
    "https://hooks.example.com@127.0.0.1/x",
    "https://127.0.0.1#@hooks.example.com/",
    "https://127.0.0.1?@hooks.example.com/",
    "https://hooks.example.com:99999/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://1.2.3.4.5/",
    "https://999.1.1.1/",
    " ",
    "",
  ])("is refused as %j, and says what would do", (url) => {
    const error = refusal(url);
    expect(error).toMatchObject({ code: "INVALID_INPUT", hint: expect.stringContaining("https://") });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it.each([
    ["https://hooks.example.com/tts?token=abc#part", "https://hooks.example.com/tts?token=abc"],
    ["HTTPS://Hooks.Example.COM:443/x", "https://hooks.example.com/x"],
    ["https://hooks.example.com:8443/x", "https://hooks.example.com:8443/x"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["https://8.8.8.8/x", "https://8.8.8.8/x"],
    ["https://[2606:4700:4700::1111]/x", "https://[2606:4700:4700::1111]/x"],
    ["https://internal.example.com/", "https://internal.example.com/"],
    ["https://notlocal.com/", "https://notlocal.com/"],
    // A backslash ends the host in an https URL, as in browsers: what follows is the path.
    ["https://hooks.example.com\\@127.0.0.1/x", "https://hooks.example.com/@127.0.0.1/x"],
  ])("may be %s", (url, read) => {
    expect(refusal(url)).toBe(read);
  });

  it("may name an allowed host, also by http, at the port that is allowed", () => {
    const allowed = new AllowedHosts(["hooks.intranet", "127.0.0.1:8080", "[::1]:9090"]);
    for (const url of [
      "http://hooks.intranet/x",
      "https://hooks.intranet:8443/x",
      "http://127.0.0.1:8080/x",
      "http://0x7f.1:8080/x",
      "http://[::1]:9090/x",
    ]) {
      expect(typeof refusal(url, allowed)).toBe("string");
    }
    for (const url of [
      "http://127.0.0.1/x",
      "https://127.0.0.1:8443/x",
      "http://127.0.0.2:8080/x",
      "http://a.hooks.intranet/x",
      "http://hooks.intranet.example.com/x",
      "http://user@hooks.intranet/x",
      "http://[::1]/x",
      "ftp://hooks.intranet/x",
    ]) {
      expect(refusal(url, allowed)).toMatchObject({ code: "INVALID_INPUT" });
    }
  });
});

describe("an address", () => {
  it.each([
    ["9.255.255.255", true],
    ["11.0.0.0", true],
    ["100.63.255.255", true],
    ["100.128.0.0", true],
    ["126.255.255.255", true],
    ["128.0.0.0", true],
    ["168.63.129.15", true],
    ["169.253.255.255", true],
    ["169.255.0.0", true],
    ["172.15.255.255", true],
    ["172.32.0.0", true],
    ["192.0.1.0", true],
    ["192.167.255.255", true],
    ["192.169.0.0", true],
    ["198.17.255.255", true],
    ["198.20.0.0", true],
    ["223.255.255.255", true],
    ["1.1.1.1", true],
    ["2000::1", true],
    ["2001:200::1", true],
    ["2001:db7:ffff::1", true],
    ["2001:db9::1", true],
    ["2003::1", true],
    ["2a00:1450:4001::1", true],
    ["3ffe:ffff::1", true],
    ["1fff:ffff::1", false],
    ["fe80::1%eth0", false],
    ["2a00::1%eth0", false],
    ["0x7f000001", false],
    ["010.0.0.1", false],
    ["1", false],
    ["", false],
    ["example.com", false],
  ])("%s is public: %s, at the edges of what is not", (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });
});
