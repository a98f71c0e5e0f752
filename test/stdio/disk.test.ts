import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/folders.ts";
import { BIN, codeOf, eventually, longText, newHome, startProgram, textOf } from "../support/program.ts";
import { audioFiles, creditsOf, jobRows, setCredits } from "../support/rows.ts";

const root = temporaryFolder();
const CREDITS = 1_000_000;
/** 6,000 characters at 48 kHz are about 35 MB of wav. */
const BIG = { text: longText(6_000), output_format: "wav", sample_rate_hertz: 48_000 };
const SMALL = { text: "Small enough.", output_format: "mp3" };

/**
 * A limit of the kernel that every user may set: a write beyond it fails (EFBIG) half-way, as on a file system that
 * takes no more. Unlike a small mounted disk it needs no rights.
 */
const limitedFiles = (mib: number): [string, ...string[]] => [
  "/bin/sh",
  "-c",
  `ulimit -f ${mib * 2048} && exec "$0" "$@"`, // POSIX counts 512 bytes
  process.execPath,
  BIN,
];

describe.skipIf(process.platform === "win32")("a disk that takes no more", { timeout: 120_000 }, () => {
  it("fails the job that met it, gives the charge back, leaves no half file, and goes on with others", async () => {
    const home = newHome(root);
    const program = await startProgram(home, { command: limitedFiles(8) });
    await program.ok("generate_speech", SMALL);
    await setCredits(home, CREDITS);
    const before = audioFiles(home);

    const answer = await program.call("generate_speech", { ...BIG, wait_seconds: 55, idempotency_key: "big" });
    expect(codeOf(answer)).toBe("GENERATION_FAILED");
    expect(textOf(answer)).toMatch(/STORAGE_FULL.*Hint: .*(mp3|ogg_opus)/);
    expect(await creditsOf(home)).toBe(CREDITS);
    expect(audioFiles(home)).toEqual(before);
    expect((await jobRows(home)).at(-1)).toMatchObject({ status: "failed", error_code: "STORAGE_FULL" });
    // The failure is remembered with its key, and not charged again.
    expect((await program.call("generate_speech", { ...BIG, idempotency_key: "big" })).isError).toBe(true);
    expect(await creditsOf(home)).toBe(CREDITS);

    expect((await program.ok("generate_speech", SMALL)).status).toBe("completed");
    expect(await creditsOf(home)).toBe(CREDITS - SMALL.text.length);
  });

  it("refuses before it charges what a nearly full disk has no room for", async () => {
    const home = newHome(root);
    const preload = path.join(path.dirname(home.dataDir), "nearly-full.mjs");
    writeFileSync(
      preload,
      `import fs from "node:fs/promises"; import { syncBuiltinESMExports } from "node:module";
       const statfs = fs.statfs;
       fs.statfs = async (...args) => ({ ...(await statfs(...args)), bavail: 70 * 256, bsize: 4096 }); // 70 MiB
       syncBuiltinESMExports();`,
    );
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(preload)}` };
    const program = await startProgram(home, { env });
    // The very first job, when there is no folder for audio yet.
    const answer = await program.call("generate_speech", BIG);
    expect(codeOf(answer), textOf(answer)).toBe("STORAGE_FULL");
    expect(textOf(answer)).toMatch(/70 MiB are free.*Hint: .*(mp3|ogg_opus)/s);
    expect(await jobRows(home)).toEqual([]);
    expect((await program.ok("generate_speech", SMALL)).status).toBe("completed");
  });
});

/** A real disk of so many MiB, where the tests may mount one (as root); undefined elsewhere. */
function mountSmallDisk(mib: number): string | undefined {
  const folder = path.join(root, "disk");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  afterAll(() => execFileSync("umount", ["-l", folder], { stdio: "ignore" }));
  return folder;
}

// In addition, where it can be: what is above needs no rights, and runs everywhere.
const disk = process.platform === "linux" ? mountSmallDisk(160) : undefined;
if (disk)
  describe("a disk that is filled by others while a job is made", { timeout: 120_000 }, () => {
    it("ends the job either way once there is room, keeps the books straight, and lives on", async () => {
      const home = newHome(disk);
      const program = await startProgram(home);
      await program.ok("generate_speech", SMALL);
      await setCredits(home, CREDITS);
      const before = audioFiles(home);
      const big = { ...BIG, text: longText(9_000) };
      const { job_id } = await program.ok("generate_speech", { ...big, wait_seconds: 0 });
      const partial = () => audioFiles(home).find((name) => name.startsWith(job_id));
      await eventually("the first bytes", () => {
        const name = partial();
        return name !== undefined && statSync(path.join(home.audioDir, name)).size > 0;
      });

      const ballast = path.join(disk, "ballast");
      const fill = openSync(ballast, "w");
      const block = Buffer.alloc(2 ** 20);
      try {
        for (;;) writeSync(fill, block);
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
      } finally {
        closeSync(fill);
      }
      // The half-made file goes, whether or not the full disk let the database say why.
      await eventually("the half file's end", () => partial() === undefined);
      const full = await program.call("generate_speech", big);
      expect(codeOf(full), textOf(full)).toBe("STORAGE_FULL");

      rmSync(ballast);
      const row = await eventually("the job's end", async () => {
        const job = (await jobRows(home)).find((one) => one.job_id === job_id)!;
        return (job.status === "completed" || job.status === "failed") && job;
      });
      if (row.status === "failed") expect(row.error_code).toBe("STORAGE_FULL");
      const charged = row.status === "failed" ? 0 : big.text.length;
      expect(await creditsOf(home)).toBe(CREDITS - charged);
      expect(audioFiles(home)).toEqual([...before, ...(row.blob_name ? [row.blob_name] : [])].sort());
      expect((await program.ok("generate_speech", SMALL)).status).toBe("completed");
      expect(existsSync(ballast)).toBe(false);
    });
  });
