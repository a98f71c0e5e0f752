import { defineConfig } from "vitest/config";

// Runs the MCP conformance suite, which npx fetches together with a Node that it runs on.
export default defineConfig({
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/conformance/mcp/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
