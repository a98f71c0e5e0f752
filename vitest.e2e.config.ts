import { defineConfig } from "vitest/config";

// What users do: install the packed tarball, follow the quickstart.
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
