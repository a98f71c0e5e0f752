import { defineConfig } from "vitest/config";

// `npm test` needs nothing but Node. Suites that need programs of the system or the network have configurations of their own.
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/**/*.test.ts"],
    exclude: ["test/audio/**", "test/e2e/**", "test/conformance/mcp/**", "node_modules/**"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
