import { createMcpHandler } from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import { createMcpServer } from "../../../src/mcp/server.ts";
import { FakeService } from "../client/fake-service.ts";
import { optionsFor } from "./connect.ts";

describe("the MCP server behind the SDK's HTTP handler", () => {
  it("answers a stateless call", async () => {
    const handler = createMcpHandler(() => createMcpServer(optionsFor(new FakeService())));
    const response = await handler.fetch(
      new Request("http://localhost/mcp", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name: "search_voices", arguments: {} },
        }),
      }),
    );
    expect(await response.text()).toContain('"structuredContent":{"voices":[');
  });
});
