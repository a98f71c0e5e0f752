import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openDataDir } from "../../../src/store/data-dir.ts";
import { openSigner } from "../../../src/store/secrets.ts";
import { temporaryFolder } from "../../support/folders.ts";

const keyFile = (folder: string) => path.join(folder, "secrets", "keys.json");
const open = (folder: string) => openSigner(folder, path.join(folder, "aittsm.db"));

describe("the key of a data directory", () => {
  it("is made once, also by many at a time, and is readable by its owner only", async () => {
    const folder = temporaryFolder();
    const signers = await Promise.all(Array.from({ length: 20 }, () => open(folder)));
    const signature = signers[0]!.sign("audio-url", "hello");
    for (const signer of signers) expect(signer.verify("audio-url", "hello", signature, signer.keyId)).toBe(true);
    expect(statSync(keyFile(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(keyFile(folder))).mode & 0o777).toBe(0o700);
  });

  it("refuses other messages, purposes, keys and cut signatures", async () => {
    const signer = await open(temporaryFolder());
    const signature = signer.sign("audio-url", "hello");
    expect(signer.verify("audio-url", "hello", signature, signer.keyId)).toBe(true);
    expect(signer.verify("audio-url", "hellO", signature, signer.keyId)).toBe(false);
    expect(signer.verify("listener-challenge", "hello", signature, signer.keyId)).toBe(false);
    expect(signer.verify("audio-url", "hello", signature.slice(0, -2), signer.keyId)).toBe(false);
    expect(signer.verify("audio-url", "hello", "", signer.keyId)).toBe(false);
    // base64url has other spellings of the same bytes: padded, with signs that decoders skip, with other last bits.
    const last = signature.at(-1)!;
    const neighbour = String.fromCharCode(last.charCodeAt(0) + (/[Z9_]/.test(last) ? -1 : 1));
    for (const spelling of ["=", "!", " "].map((more) => signature + more)) {
      expect(signer.verify("audio-url", "hello", spelling, signer.keyId)).toBe(false);
    }
    expect(signer.verify("audio-url", "hello", signature.slice(0, -1) + neighbour, signer.keyId)).toBe(false);
    expect(signer.verify("audio-url", "hello", signature, "unknown")).toBe(false);
    const other = await open(temporaryFolder());
    expect(other.verify("audio-url", "hello", signature, other.keyId)).toBe(false);
  });

  it("keeps what a retired key signed good for a day, and no longer", async () => {
    const folder = temporaryFolder();
    const before = await open(folder);
    const signature = before.sign("audio-url", "hello");
    const file = JSON.parse(readFileSync(keyFile(folder), "utf8"));
    const rotated = (hoursAgo: number) => ({
      current: "new",
      keys: [
        { ...file.keys[0], retired_at: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() },
        { id: "new", secret: "n".repeat(43) },
      ],
    });
    writeFileSync(keyFile(folder), JSON.stringify(rotated(23)));
    const young = await open(folder);
    expect(young.keyId).toBe("new");
    expect(young.verify("audio-url", "hello", signature, before.keyId)).toBe(true);
    writeFileSync(keyFile(folder), JSON.stringify(rotated(25)));
    expect((await open(folder)).verify("audio-url", "hello", signature, before.keyId)).toBe(false);
  });

  it("is never made anew beside data that it belongs to", async () => {
    const folder = temporaryFolder();
    await open(folder);
    writeFileSync(path.join(folder, "aittsm.db"), "");
    rmSync(keyFile(folder));
    await expect(open(folder)).rejects.toMatchObject({ code: "CONFIG_INVALID", message: /missing/ });
  });

  it("is not read from a folder that is a link or open to others", async () => {
    const linked = temporaryFolder();
    mkdirSync(path.join(linked, "elsewhere"), { mode: 0o700 });
    symlinkSync(path.join(linked, "elsewhere"), path.join(linked, "secrets"));
    await expect(open(linked)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const shared = temporaryFolder();
    mkdirSync(path.join(shared, "secrets"));
    chmodSync(path.join(shared, "secrets"), 0o755);
    await expect(open(shared)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("says so when its file is broken", async () => {
    const folder = temporaryFolder();
    await open(folder);
    writeFileSync(keyFile(folder), "{ not json");
    await expect(open(folder)).rejects.toMatchObject({ code: "CONFIG_INVALID", message: /can't be read/ });
  });
});

/** The same data directory with a new key; the old one retired so many hours ago, or (undefined) removed. */
async function rotated(folder: string, retiredHoursAgo: number | undefined) {
  const file = JSON.parse(readFileSync(keyFile(folder), "utf8"));
  const retired = (hours: number) => ({
    ...file.keys[0],
    retired_at: new Date(Date.now() - hours * 3_600_000).toISOString(),
  });
  const keys = retiredHoursAgo === undefined ? [] : [retired(retiredHoursAgo)];
  writeFileSync(
    keyFile(folder),
    JSON.stringify({ current: "new", keys: [...keys, { id: "new", secret: "n".repeat(43) }] }),
  );
  return open(folder);
}

describe("a sealed secret", () => {
  it("opens for its owner and purpose only, and looks different each time", async () => {
    const signer = await open(temporaryFolder());
    const sealed = signer.seal("share-token", "share 1", "the tökén 🔑");
    expect(signer.open("share-token", "share 1", sealed)).toBe("the tökén 🔑");
    expect(signer.open("share-token", "", signer.seal("share-token", "", ""))).toBe("");
    expect(sealed).not.toContain("the t");
    expect(signer.seal("share-token", "share 1", "the tökén 🔑")).not.toBe(sealed);
    expect(() => signer.open("share-token", "share 2", sealed)).toThrow();
    expect(() => signer.open("access-code", "share 1", sealed)).toThrow();
    const other = await open(temporaryFolder());
    expect(() => other.open("share-token", "share 1", sealed)).toThrow(/key/);
    expect(() => other.open("share-token", "share 1", sealed.replace(/^[^.]*/, other.keyId))).toThrow();
  });

  it("opens no more after any of its bytes was changed, or some are gone", async () => {
    const signer = await open(temporaryFolder());
    const sealed = signer.seal("access-code", "code 1", "23456-ABCDE");
    const [id, text] = [sealed.slice(0, sealed.lastIndexOf(".")), sealed.slice(sealed.lastIndexOf(".") + 1)];
    const bytes = Buffer.from(text, "base64url");
    const opened = (changed: Buffer) => signer.open("access-code", "code 1", `${id}.${changed.toString("base64url")}`);
    expect(opened(bytes)).toBe("23456-ABCDE");
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      expect(() => opened(changed), `byte ${i}`).toThrow();
      expect(() => opened(bytes.subarray(0, i)), `${i} bytes`).toThrow();
    }
    for (const nonsense of ["", ".", `${id}.`, "nothing"]) {
      expect(() => signer.open("access-code", "code 1", nonsense)).toThrow();
    }
  });

  it("opens with a retired key however old, and with none that is gone", async () => {
    const folder = temporaryFolder();
    const sealed = (await open(folder)).seal("share-token", "share 1", "token");
    const later = await rotated(folder, 10_000);
    expect(later.open("share-token", "share 1", sealed)).toBe("token");
    expect(later.seal("share-token", "share 1", "token").startsWith("new.")).toBe(true);
    const without = await rotated(folder, undefined);
    expect(() => without.open("share-token", "share 1", sealed)).toThrow(/not in the key file/);
  });
});

describe("a print", () => {
  it("is the same for the same secret, and for no other, no other purpose and no other key", async () => {
    const signer = await open(temporaryFolder());
    const [print, ...more] = signer.prints("access-code-match", "share\n23456ABCDE");
    expect(more).toEqual([]);
    expect(Buffer.from(print!, "base64url")).toHaveLength(32);
    expect(signer.prints("access-code-match", "share\n23456ABCDE")).toEqual([print]);
    expect(signer.prints("access-code-match", "share\n23456ABCDF")).not.toContain(print);
    expect(signer.prints("access-code", "share\n23456ABCDE")).not.toContain(print);
    expect((await open(temporaryFolder())).prints("access-code-match", "share\n23456ABCDE")).not.toContain(print);
  });

  it("comes from every key that there is, the present one first: what an old key stored is found again", async () => {
    const folder = temporaryFolder();
    const [before] = (await open(folder)).prints("access-code-match", "code");
    const [now, old, ...more] = (await rotated(folder, 10_000)).prints("access-code-match", "code");
    expect([old, more]).toEqual([before, []]);
    expect(now).not.toBe(before);
    expect((await rotated(folder, undefined)).prints("access-code-match", "code")).toEqual([now]);
  });
});

describe("the data directory", () => {
  it("is made with its parents", async () => {
    const wished = path.join(temporaryFolder(), "a", "b");
    expect(await openDataDir(wished)).toEqual({ path: wished });
  });

  it("gives way to a private temporary folder, and says so, when it can't be written", async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "file"), "");
    const opened = await openDataDir(path.join(folder, "file", "below"));
    expect(opened.warning).toMatch(/AITTSM_DATA_DIR/);
    expect(statSync(opened.path).mode & 0o077).toBe(0);
  });
});
