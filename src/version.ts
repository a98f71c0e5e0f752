import { readFileSync } from "node:fs";

/** The package's version. dist/ and src/ both stand beside package.json. */
export const VERSION: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
