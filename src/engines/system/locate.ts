import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../errors.ts";

/**
 * The absolute path of a program: the one that a setting names, else the first of `places` that has it, else the first
 * absolute folder of PATH. Undefined when it is nowhere.
 * @param setting name and value of the environment variable that overrides the search
 * @param name file name to look for in PATH
 * @throws AppError CONFIG_INVALID when the setting names no program
 */
export async function locate(
  setting: { name: string; value: string | undefined },
  places: readonly string[],
  name: string,
): Promise<string | undefined> {
  if (setting.value !== undefined) {
    if (path.isAbsolute(setting.value) && (await isProgram(setting.value))) return setting.value;
    throw new AppError("CONFIG_INVALID", `${setting.name} is "${setting.value}", which is no program.`, {
      hint: `set ${setting.name} to the absolute path of ${name}, or remove it`,
      details: { setting: setting.name },
    });
  }
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const place of [...places, ...folders.map((folder) => path.join(folder, name))]) {
    if (await isProgram(place)) return place;
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
