import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { access, link, open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { AppError } from "../errors.ts";
import { makePrivateFolder } from "./data-dir.ts";

/** How long what a retired key has signed stays good. */
const RETIRED_KEY_LIFE_MS = 24 * 60 * 60 * 1000;

const KeyFile = z.object({
  current: z.string(),
  keys: z.array(z.object({ id: z.string(), secret: z.base64url().min(40), retired_at: z.iso.datetime().optional() })),
});

/** The purposes that have a subkey of their own (HKDF, RFC 5869), so that no signature means two things. */
export type Purpose =
  | "audio-url"
  | "listener-challenge"
  | "share-token"
  | "share-audio"
  | "share-grant"
  | "access-code"
  | "access-code-match"
  | "webhook-secret";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Signs, seals and checks with the data directory's key. */
export interface Signer {
  /** The id of the key that signs now. */
  readonly keyId: string;
  /** HMAC-SHA256 in base64url. */
  sign(purpose: Purpose, message: string): string;
  /** In constant time. False for an unknown key id, for one retired more than a day ago, and for another spelling. */
  verify(purpose: Purpose, message: string, signature: string, keyId: string): boolean;
  /** Encrypts a secret that has to be shown again (AES-256-GCM), bound to `owner`, so that rows can't be swapped. */
  seal(purpose: Purpose, owner: string, secret: string): string;
  /** What was sealed for this owner, under whichever key. @throws Error for what was not, or was changed. */
  open(purpose: Purpose, owner: string, sealed: string): string;
  /** HMACs by which a secret is found again, one a key: the first is the one to store. Keys do not age here. */
  prints(purpose: Purpose, message: string): string[];
}

/**
 * Opens the key of a data directory, or makes it in a directory that has no data yet. Two processes may do so at once.
 * @throws AppError CONFIG_INVALID for a key that is missing beside existing data, or that can't be read.
 */
export async function openSigner(dataDir: string, databaseFile: string): Promise<Signer> {
  const folder = path.join(dataDir, "secrets");
  const file = path.join(folder, "keys.json");
  // The database is looked for first: its maker made the key before it.
  const hasData = await access(databaseFile).then(
    () => true,
    () => false,
  );
  await makePrivateFolder(folder);
  let text = await readIfThere(file);
  if (text === undefined) {
    if (hasData) {
      throw new AppError("CONFIG_INVALID", `The key ${file} is missing, but there is data that it belongs to.`, {
        hint: "put the file back from a backup, or set AITTSM_DATA_DIR to another folder",
        details: { setting: "AITTSM_DATA_DIR" },
      });
    }
    await createKeyFile(file);
    text = (await readIfThere(file))!;
  }
  const parsed = KeyFile.safeParse(parseJson(text));
  if (!parsed.success || !parsed.data.keys.some((key) => key.id === parsed.data.current)) {
    throw new AppError("CONFIG_INVALID", `The key file ${file} can't be read.`, {
      hint: "put the file back from a backup, or set AITTSM_DATA_DIR to another folder",
      details: { setting: "AITTSM_DATA_DIR" },
    });
  }
  return signerOf(parsed.data);
}

function signerOf(file: z.infer<typeof KeyFile>): Signer {
  const subkeys = new Map<string, Buffer>();
  const subkey = (id: string, purpose: Purpose, evenRetired = false): Buffer | undefined => {
    const key = file.keys.find((candidate) => candidate.id === id);
    if (!key) return undefined;
    const over = key.retired_at && Date.parse(key.retired_at) + RETIRED_KEY_LIFE_MS < Date.now();
    if (over && !evenRetired) return undefined;
    const name = `${id}/${purpose}`;
    const made = subkeys.get(name) ?? Buffer.from(hkdfSync("sha256", key.secret, "", `aittsm ${purpose}`, 32));
    subkeys.set(name, made);
    return made;
  };
  const mac = (key: Buffer, message: string) => createHmac("sha256", key).update(message).digest();
  return {
    keyId: file.current,
    sign: (purpose, message) => mac(subkey(file.current, purpose)!, message).toString("base64url"),
    verify: (purpose, message, signature, keyId) => {
      const key = subkey(keyId, purpose);
      if (!key) return false;
      // The text is compared, not the bytes that it spells: base64url has several spellings of the same bytes.
      const expected = Buffer.from(mac(key, message).toString("base64url"));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    seal: (purpose, owner, secret) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", subkey(file.current, purpose)!, nonce).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${file.current}.${sealed.toString("base64url")}`;
    },
    open: (purpose, owner, sealed) => {
      const dot = sealed.lastIndexOf(".");
      const key = subkey(sealed.slice(0, dot), purpose, true);
      if (!key) throw new Error("sealed with a key that is not in the key file");
      const bytes = Buffer.from(sealed.slice(dot + 1), "base64url");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    },
    prints: (purpose, message) =>
      [file.current, ...file.keys.map(({ id }) => id).filter((id) => id !== file.current)].map((id) =>
        mac(subkey(id, purpose, true)!, message).toString("base64url"),
      ),
  };
}

/** Written whole under another name and linked, which fails if the file is there: no reader sees half a key. */
async function createKeyFile(file: string): Promise<void> {
  const id = randomBytes(6).toString("base64url");
  const content = { current: id, keys: [{ id, secret: randomBytes(32).toString("base64url") }] };
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
