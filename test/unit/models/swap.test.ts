import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inspectModel, removeModel } from "../../../src/models/inspect.ts";
import { lock, tryLock } from "../../../src/models/lock.ts";
import { makeProcessId } from "../../../src/store/process-id.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { KOKORO, modelArchive, newPlace, type Place } from "../../support/models.ts";

/** The file system, which fails from the n-th rename on, as for a process that has died: nothing is cleaned up, either. */
const crash = vi.hoisted(() => ({ at: Number.POSITIVE_INFINITY, renames: 0 }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const dying =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      crash.renames >= crash.at ? Promise.reject(new Error("died")) : run(...args);
  const rename: typeof real.rename = async (...args) => {
    crash.renames++;
    return dying(real.rename)(...args);
  };
  return {
    ...real,
    rename,
    rm: dying(real.rm as (...args: unknown[]) => Promise<void>),
    writeFile: dying(real.writeFile as (...args: unknown[]) => Promise<void>),
  };
});

const base = temporaryFolder();
let place: Place;
const archives = { old: "", new: "" };
beforeEach(() => {
  place = newPlace(base);
  for (const which of ["old", "new"] as const) {
    archives[which] = path.join(path.dirname(place.modelDir), `${which}.tar.gz`);
    writeFileSync(archives[which], modelArchive(`${which} voices`));
  }
});
afterEach(() => {
  crash.at = Number.POSITIVE_INFINITY;
});

/** The lock of a process that has died is left: its owner is made one that is gone. */
function buryOwner(): void {
  const file = path.join(place.root, ".lock");
  if (existsSync(file)) writeFileSync(file, makeProcessId().replace(/\/\d+\//, "/999999999/"));
}

const pullNew = () => place.pull({ from: archives.new });

/** How many renames a whole pull takes. */
async function renamesOf(run: () => Promise<unknown>): Promise<number> {
  crash.renames = 0;
  await run();
  return crash.renames;
}

describe("a pull that dies", () => {
  it("at any rename leaves the old model or the new one whole, and the next command ends it", async () => {
    await place.pull({ from: archives.old });
    const renames = await renamesOf(pullNew);
    expect(renames).toBeGreaterThan(4);
    const seen = new Set<string>();
    for (let n = 1; n <= renames; n++) {
      place = newPlace(base);
      await place.pull({ from: archives.old });
      Object.assign(crash, { at: n, renames: 0 });
      await expect(pullNew(), `rename ${n}`).rejects.toThrow("died");
      crash.at = Number.POSITIVE_INFINITY;
      buryOwner();

      const { manifest, problem } = await inspectModel(KOKORO, place.modelDir);
      expect(problem).toBeUndefined();
      expect(place.voices(), `rename ${n}`).toBe(`${manifest!.name} voices`);
      expect(await place.problems(), `rename ${n}`).toEqual([]);
      seen.add(manifest!.name);

      await pullNew();
      expect([place.voices(), await place.problems()]).toEqual(["new voices", []]);
      expect(place.names().filter((name) => name.startsWith("."))).toEqual([]);
    }
    // Both happen: else nothing was tried.
    expect([...seen].sort()).toEqual(["new", "old"]);
  });

  it("while the first model or the runtime comes leaves none, or a whole one", async () => {
    const renames = await renamesOf(pullNew);
    for (let n = 1; n <= renames; n++) {
      place = newPlace(base);
      Object.assign(crash, { at: n, renames: 0 });
      await expect(pullNew()).rejects.toThrow("died");
      crash.at = Number.POSITIVE_INFINITY;
      buryOwner();
      const { manifest } = await inspectModel(KOKORO, place.modelDir);
      expect(await place.problems()).toEqual(manifest ? [] : "NOT_FOUND");
      await pullNew();
      expect(await inspectModel(KOKORO, place.modelDir)).toMatchObject({
        runtime: { ready: true },
        manifest: { name: "new" },
      });
    }
  });

  it("as a removal leaves nothing that counts as installed", async () => {
    await place.pull({ from: archives.old });
    Object.assign(crash, { at: 1, renames: 0 });
    await expect(removeModel(KOKORO, place.modelDir)).rejects.toThrow("died");
    crash.at = Number.POSITIVE_INFINITY;
    buryOwner();
    expect(await place.problems()).toBe("NOT_FOUND");
    expect(await removeModel(KOKORO, place.modelDir)).toBeGreaterThan(0);
    expect(place.names()).toEqual(["checksums.json"]);
  });
});

describe("two pulls at once", () => {
  it("don't meet: the second one is told, and the first one goes on", async () => {
    const both = await Promise.allSettled([place.pull({ from: archives.old }), pullNew()]);
    const refused = both.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]!.reason).toMatchObject({ code: "UNAVAILABLE", hint: expect.stringContaining(".lock") });
    expect(await place.problems()).toEqual([]);
    // A look does not wait for it.
    const held = await lock(path.join(place.root, ".lock"));
    expect(await inspectModel(KOKORO, place.modelDir)).toMatchObject({ runtime: { ready: true } });
    await held.release();
  });

  it("leave a dead one's lock to exactly one of those that want it", async () => {
    await place.pull({ from: archives.old });
    const file = path.join(place.root, ".lock");
    for (let round = 0; round < 10; round++) {
      writeFileSync(file, makeProcessId().replace(/\/\d+\//, "/999999999/"));
      const taken = (await Promise.all(Array.from({ length: 8 }, () => tryLock(file)))).filter(
        (one) => one !== undefined,
      );
      expect(taken).toHaveLength(1);
      await taken[0]!.release();
    }
    expect(readdirSync(place.root).filter((name) => name.startsWith(".lock"))).toEqual([]);
  });
});
