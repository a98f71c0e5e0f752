import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { startBackend } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, newHome, startProgram, textOf } from "../support/program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const root = temporaryFolder();

describe("the program with a remote service", { timeout: 120_000 }, () => {
  /** A port where nobody listens. */
  async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  const API_KEY = "tts_0123456789abcdefSECRET";

  it("speaks through it, saves its audio here, and gets the first job back for a key after a restart", async () => {
    const service = await startBackend("remote");
    const probe = await service.client.submit({ text: "Where are you?" });
    const { job } = await service.client.wait(probe.answer.job_id, { seconds: 50 });
    const AITTSM_BASE_URL = new URL(job.audio_url!).origin;
    const env = { AITTSM_API_KEY: "tts_all", AITTSM_BASE_URL };
    const home = newHome(root);
    const program = await startProgram(home, { env });
    const voices = await program.ok("search_voices", { query: "scottish" });
    expect(voices.voices[0].voice_id).toBe("flite:en-GB-Clustergen-Awb");
    const request = { text: "From far away.", output_format: "ogg_opus", idempotency_key: "far" };
    const answer = await program.ok("generate_speech", { ...request, save_to: "far.ogg" });
    expect(answer).toMatchObject({ status: "completed", content_type: "audio/ogg" });
    expect(answer.file_path).toBe(path.join(home.outputDir, "far.ogg"));
    const file = readFileSync(answer.file_path);
    expect(file.length).toBe(answer.bytes);
    expect((await decode(file, "audio/ogg")).seconds).toBeCloseTo(answer.duration_seconds, 1);
    const stream = await program.ok("generate_speech", { text: "A stream.", delivery_mode: "stream" });
    expect((await fetch(stream.stream_url)).status).toBe(200);
    const failed = await program.call("generate_speech", { text: "Hi.", speed: 9 });
    expect(codeOf(failed)).toBe("INVALID_INPUT");

    program.endInput();
    await program.exit;
    const replay = await (await startProgram(home, { env })).ok("generate_speech", request);
    expect(replay).toMatchObject({ job_id: answer.job_id, idempotent_replay: true });
  });

  it("answers NETWORK_ERROR with a hint when it can't be reached, and never shows the key", async () => {
    const env = {
      AITTSM_API_KEY: API_KEY,
      AITTSM_BASE_URL: `http://127.0.0.1:${await closedPort()}`,
      AITTSM_LOG_LEVEL: "trace",
    };
    const home = newHome(root);
    const program = await startProgram(home, { env });
    expect(await program.toolNames()).toEqual(TOOL_NAMES);
    const calls: [string, object][] = [
      ["generate_speech", { text: "Hello.", idempotency_key: "one" }],
      ["search_voices", {}],
      ["get_audio_link", { job_id: "0b9f0b0a-0000-4000-8000-000000000000" }],
    ];
    for (const [tool, args] of calls) {
      const answer = await program.call(tool, args);
      expect(codeOf(answer)).toBe("NETWORK_ERROR");
      expect(textOf(answer)).toMatch(/Hint: .*(AITTSM_BASE_URL|network)/);
    }
    program.endInput();
    expect((await program.exit).code).toBe(0);
    expect(program.stderr + JSON.stringify(program.messages)).not.toContain(API_KEY);
  });

  it("never shows the key of a service that refuses it", async () => {
    const seen: (string | undefined)[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      const error = { code: "INVALID_API_KEY", message: "This key is unknown.", request_id: "r" };
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ success: false, error }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`;
      const env = { AITTS_API_KEY: API_KEY, AITTS_API_URL: url, AITTSM_LOG_LEVEL: "trace" };
      const program = await startProgram(newHome(root), { env });
      const answer = await program.call("search_voices");
      expect(codeOf(answer)).toBe("INVALID_API_KEY");
      expect(textOf(answer)).toMatch(/Hint: .*AITTSM_API_KEY/);
      expect(seen).toEqual([`Bearer ${API_KEY}`]);
      expect(program.stderr + JSON.stringify(program.messages)).not.toContain(API_KEY);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
