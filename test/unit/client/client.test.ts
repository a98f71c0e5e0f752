import { beforeEach, describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/client.ts";
import { inProcessTransport } from "../../../src/client/in-process.ts";
import { getSpeech, submitSpeech } from "../../../src/contract/tts.ts";
import { getVoice, listVoices } from "../../../src/contract/voices.ts";
import { AppError } from "../../../src/errors.ts";
import { clientOf, FakeService, fail, ok, VOICE } from "./fake-service.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});
const answer = (response: () => Response) => service.scripted.push(response);

describe("an answer", () => {
  it("is the envelope's data, without fields that the contract doesn't know", async () => {
    answer(() => ok({ job_id: "a", status: "pending", color: "red" }));
    const { data, status } = await clientOf(service).call(getSpeech, { job_id: "a" });
    expect({ data, status }).toEqual({ data: { job_id: "a", status: "pending" }, status: 200 });
  });

  it("may hold null where there is nothing", async () => {
    answer(() => ok({ job_id: "a", status: "pending", progress: null, audio_url: null }));
    const { data } = await clientOf(service).call(getSpeech, { job_id: "a" });
    expect(data).toEqual({ job_id: "a", status: "pending" });
  });

  it("loses an optional field of a foreign shape and keeps the rest", async () => {
    answer(() => ok({ job_id: "a", status: "pending", bytes: "many", voice_id: "v" }));
    const { data } = await clientOf(service).call(getSpeech, { job_id: "a" });
    expect(data).toEqual({ job_id: "a", status: "pending", voice_id: "v" });
  });

  it("loses a list item that can't be read, and counts it", async () => {
    answer(() => ok({ voices: [{ ...VOICE, gender: "robot" }, VOICE, { name: "only" }] }));
    const { data, unreadable } = await clientOf(service).call(listVoices, {});
    expect(data.voices.map((voice) => voice.voice_id)).toEqual([VOICE.voice_id]);
    expect(unreadable).toBe(2);
  });

  it("takes voices as the hosted service lists them: null for what is not known, one use for many", async () => {
    const characteristics = { styles: [], roles: null, age: null, accent: null, pitch: null, use_case: "narration" };
    answer(() => ok({ voices: [{ ...VOICE, gender: "unknown", characteristics, sample: true }] }));
    const { data, unreadable } = await clientOf(service).call(listVoices, {});
    expect(unreadable).toBe(0);
    expect(data.voices).toMatchObject([
      { voice_id: VOICE.voice_id, gender: "unknown", characteristics: { styles: [] } },
    ]);
  });

  it("without a needed field is refused and the field named", async () => {
    answer(() => ok({ status: "pending" }));
    const call = clientOf(service, { retry: { retries: 0 } }).call(getSpeech, { job_id: "a" });
    await expect(call).rejects.toMatchObject({ code: "NETWORK_ERROR", message: expect.stringContaining("job_id") });
  });

  it("says whether the server replayed it and how long to wait", async () => {
    answer(() => ok({ job_id: "a", status: "pending" }, 202, { "Idempotent-Replayed": "true", "Retry-After": "2" }));
    const result = await clientOf(service).call(submitSpeech, { text: "hi" }, { idempotencyKey: "k" });
    expect(result).toMatchObject({ replayed: true, retryAfterMs: 2_000, status: 202 });
  });
});

describe("a request", () => {
  it("carries path fields in the path, the rest in the query, and the key in its header", async () => {
    const client = clientOf(service);
    await client.call(getVoice, { voice_id: VOICE.voice_id });
    await client.call(listVoices, { language: "en", supports: ["ssml", "speed"] });
    await client.call(submitSpeech, { text: "hi" }, { idempotencyKey: "k1" });
    expect(service.seen[0]!.path).toBe(`/api/v1/voices/${encodeURIComponent(VOICE.voice_id)}`);
    expect(service.seen[1]!.query.getAll("supports")).toEqual(["ssml", "speed"]);
    expect(service.seen[2]!.body).toEqual({ text: "hi" });
    expect(service.seen[2]!.headers.get("idempotency-key")).toBe("k1");
  });
});

describe("a failure", () => {
  const call = () => clientOf(service, { retry: { retries: 0 } }).call(getSpeech, { job_id: "a" });

  it("keeps the server's code, sentence, hint and request id", async () => {
    const error = { code: "RATE_LIMITED", message: "Slow down.", hint: "wait", retry_after_ms: 1500, request_id: "r1" };
    answer(() => fail(429, error));
    const expected = { code: "RATE_LIMITED", message: "Slow down.", hint: "wait", retryAfterMs: 1500, requestId: "r1" };
    await expect(call()).rejects.toMatchObject(expected);
  });

  it("with a code of a newer server takes the nearest code and keeps its sentence", async () => {
    answer(() => fail(402, { code: "CARD_EXPIRED", message: "The card is over." }));
    const expected = {
      code: "INSUFFICIENT_CREDITS",
      message: "The card is over.",
      details: { server_code: "CARD_EXPIRED" },
    };
    await expect(call()).rejects.toMatchObject(expected);
  });

  it("whose error is a plain string is understood", async () => {
    answer(() => fail(400, "bad voice"));
    await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT", message: "bad voice" });
  });

  it("about the key names the setting", async () => {
    answer(() => new Response("no", { status: 401 }));
    await expect(call()).rejects.toMatchObject({
      code: "INVALID_API_KEY",
      hint: expect.stringContaining("AITTSM_API_KEY"),
    });
  });

  it("about the scope names the scope", async () => {
    answer(() => fail(403, { code: "INSUFFICIENT_SCOPE", message: "Not allowed." }));
    await expect(call()).rejects.toMatchObject({ hint: expect.stringContaining("tts:status") });
  });

  it("of a missing job is NOT_FOUND, of a missing route NOT_SUPPORTED_BY_SERVER", async () => {
    answer(() => fail(404, { code: "JOB_MISSING", message: "No such job." }));
    await expect(call()).rejects.toMatchObject({ code: "NOT_FOUND" });
    answer(() => new Response("<h1>Not Found</h1>", { status: 404 }));
    await expect(call()).rejects.toMatchObject({
      code: "NOT_SUPPORTED_BY_SERVER",
      hint: expect.stringContaining("AITTSM_BASE_URL"),
    });
    answer(() => fail(404, { code: "ROUTE", message: "Cannot GET" }));
    const voices = clientOf(service, { retry: { retries: 0 } }).call(listVoices, {});
    await expect(voices).rejects.toMatchObject({ code: "NOT_SUPPORTED_BY_SERVER" });
  });

  it.each([405, 501])(
    "with %i is NOT_SUPPORTED_BY_SERVER, with or without words, and is not tried again",
    async (status) => {
      const said = [
        () => new Response(null, { status }),
        () => new Response("<h1>Not here</h1>", { status }),
        () => fail(status, { code: "METHOD_NOT_ALLOWED", message: "No." }),
        () => fail(status, { code: "NOT_SUPPORTED_BY_SERVER", message: "This server has no shares." }),
      ];
      for (const response of said) {
        answer(response);
        const expected = { code: "NOT_SUPPORTED_BY_SERVER", hint: expect.any(String) };
        await expect(clientOf(service).call(getSpeech, { job_id: "a" })).rejects.toMatchObject(expected);
      }
      expect(service.seen).toHaveLength(said.length);
    },
  );
});

describe("an answer that is not the service's", () => {
  const page = new Response("<html>login</html>", { headers: { "Content-Type": "text/html" } });
  it.each<[string, () => Response]>([
    ["a web page", () => page.clone()],
    ["nothing", () => new Response(null)],
    ["broken JSON", () => new Response('{"success":tr')],
    ["another envelope", () => Response.json({ result: {} })],
    ["a success that is none", () => Response.json({ success: false, data: {} })],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "https://login.example/" } })],
    ["an endless body", () => new Response(new Uint8Array(17 * 1024 * 1024))],
  ])("%s is NETWORK_ERROR with a way out", async (_, response) => {
    answer(response);
    const call = clientOf(service, { retry: { retries: 0 } }).call(getSpeech, { job_id: "a" });
    await expect(call).rejects.toMatchObject({
      code: "NETWORK_ERROR",
      hint: expect.stringContaining("AITTSM_BASE_URL"),
    });
  });

  it("is not followed to where it redirects", async () => {
    answer(() => new Response(null, { status: 307, headers: { Location: "/elsewhere" } }));
    await clientOf(service, { retry: { retries: 0 } })
      .call(getSpeech, { job_id: "a" })
      .catch(() => {});
    expect(service.seen).toHaveLength(1);
  });
});

describe("the service in this process", () => {
  it("is loaded at the first call, once", async () => {
    let loads = 0;
    const transport = inProcessTransport(async () => {
      loads++;
      return service.fetch;
    });
    const client = createClient({ transport });
    expect(loads).toBe(0);
    await Promise.all([client.call(listVoices, {}), client.call(listVoices, {})]);
    expect(loads).toBe(1);
  });

  it("is loaded again after it could not be", async () => {
    let loads = 0;
    const transport = inProcessTransport(async () => {
      if (loads++ === 0) throw new AppError("CONFIG_INVALID", "The data folder is read-only.");
      return service.fetch;
    });
    const client = createClient({ transport });
    await expect(client.call(listVoices, {})).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(client.call(listVoices, {})).resolves.toMatchObject({ status: 200 });
  });

  it("shows nothing of an unknown error's text", async () => {
    const transport = inProcessTransport(async () => {
      throw new Error("secret path");
    });
    const call = createClient({ transport, retry: { retries: 0 } }).call(listVoices, {});
    await expect(call).rejects.toMatchObject({ code: "INTERNAL", message: expect.not.stringContaining("secret") });
  });

  it("is left when the caller gives up, and learns of it", async () => {
    const reached = deferred();
    service.scripted.push(() => {
      reached.resolve(undefined);
      return new Promise<Response>(() => {});
    });
    const controller = new AbortController();
    const call = clientOf(service).call(listVoices, {}, { signal: controller.signal });
    await reached.promise;
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
    expect(service.seen[0]!.signal.aborted).toBe(true);
  });

  it("doesn't keep the transport waiting when it ignores the signal", async () => {
    const controller = new AbortController();
    const transport = inProcessTransport(async () => () => new Promise<Response>(() => {}));
    const call = transport.fetch("http://localhost/", { method: "GET", signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });

  it("is not called when the caller gave up before", async () => {
    const call = clientOf(service).call(listVoices, {}, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
    expect(service.seen).toHaveLength(0);
  });
});

function deferred() {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
