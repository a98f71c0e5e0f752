import { defineConfig } from "vitest/config";

// Needs ffprobe, opusinfo and pocketsphinx (see README, "Tests").
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/audio/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
