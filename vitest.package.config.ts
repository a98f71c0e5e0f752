import { defineConfig } from "vitest/config";

// Packs the tarball, installs it elsewhere and runs it as a user would.
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
