import { defineConfig } from "vitest/config";

// `npm test` needs nothing but Node. Suites that need programs of the system are in vitest.audio.config.ts.
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/**/*.test.ts"],
    exclude: ["test/audio/**", "test/e2e/**", "node_modules/**"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
