import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

type AuthLibrary = typeof import("google-auth-library");

/** Version 11 and later need Node 22. */
export const INSTALL_AUTH_LIBRARY =
  "npm install google-auth-library@10 where aittsm is installed (-g for a global one), or start it with npx -p @theproductivepixel/aittsm -p google-auth-library@10 aittsm; GOOGLE_API_KEY works without it";

/** Where google-auth-library is, or undefined when it is not installed. Loads nothing. */
export function authLibraryFile(from: string = import.meta.url): string | undefined {
  try {
    return createRequire(from).resolve("google-auth-library");
  } catch {
    return undefined;
  }
}

/** Loads the library, which `authLibraryFile` has found. By its path, so that it stays out of the bundle. */
export async function loadAuthLibrary(from?: string): Promise<AuthLibrary> {
  const file = authLibraryFile(from);
  if (!file) throw new Error("google-auth-library has gone");
  const module = (await import(pathToFileURL(file).href)) as AuthLibrary & { default?: AuthLibrary };
  // CommonJS: its names are on the default export.
  return module.default ?? module;
}
