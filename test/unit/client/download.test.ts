import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { AudioSource } from "../../../src/client/download.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { AUDIO, clientOf, FakeService, fail } from "./fake-service.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
  service.jobs.set("a", { job_id: "a" });
});

async function bytesOf(source: AudioSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
const redirect = (to: string) => new Response(null, { status: 302, headers: { Location: to } });

describe("the audio of a job", () => {
  it("comes from where the service redirects to", async () => {
    const source = await clientOf(service).openAudio({ job_id: "a" });
    expect(source).toMatchObject({ contentType: "audio/mpeg", bytes: AUDIO.length });
    expect(await bytesOf(source)).toEqual(AUDIO);
    expect(service.seen.map((seen) => seen.path)).toEqual(["/api/v1/tts/a/audio", "/audio/a"]);
  });

  it("comes through this process where the link names the loopback listener", async () => {
    service.scripted.push(() => redirect("http://127.0.0.1:4711/audio/a?sig=1&exp=2"));
    await bytesOf(await clientOf(service).openAudio({ job_id: "a" }));
    expect(service.seen[1]!.query.get("sig")).toBe("1");
  });

  it("may be the first answer itself", async () => {
    const headers = { "Content-Type": "audio/ogg; codecs=opus" };
    service.scripted.push(() => new Response("OggS", { headers }));
    const source = await clientOf(service).openAudio({ job_id: "a" });
    expect(source.contentType).toBe("audio/ogg");
    expect(Buffer.from(await bytesOf(source)).toString()).toBe("OggS");
  });

  it("is read from its file where the service runs on this machine", async () => {
    const file_path = path.join(temporaryFolder(), "a.mp3");
    writeFileSync(file_path, "sound");
    const source = await clientOf(service).openAudio({ job_id: "a", file_path, content_type: "audio/mpeg" });
    expect(Buffer.from(await bytesOf(source)).toString()).toBe("sound");
    expect(service.seen).toHaveLength(0);
  });

  it("is asked for when the file is gone", async () => {
    const source = await clientOf(service).openAudio({ job_id: "a", file_path: "/nowhere/a.mp3" });
    expect(await bytesOf(source)).toEqual(AUDIO);
  });

  it.each([
    [409, "JOB_NOT_COMPLETED"],
    [410, "AUDIO_DELETED"],
  ])("that the service refuses with %s is %s", async (status, code) => {
    service.scripted.push(() => fail(status, { code, message: code }));
    await expect(clientOf(service).openAudio({ job_id: "a" })).rejects.toMatchObject({ code });
  });

  it("is not a web page", async () => {
    service.scripted.push(() => new Response("<html>", { headers: { "Content-Type": "text/html" } }));
    const open = clientOf(service, { retry: { retries: 0 } }).openAudio({ job_id: "a" });
    await expect(open).rejects.toMatchObject({ code: "NETWORK_ERROR", message: expect.stringContaining("text/html") });
  });

  it.each(["file:///etc/passwd", "data:audio/mpeg,x"])("is not fetched from %s", async (to) => {
    service.scripted.push(() => redirect(to));
    const open = clientOf(service, { retry: { retries: 0 } }).openAudio({ job_id: "a" });
    await expect(open).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });

  it("is given up after too many redirects", async () => {
    for (let i = 0; i < 9; i++) service.scripted.push(() => redirect("/again"));
    const open = clientOf(service, { retry: { retries: 0 } }).openAudio({ job_id: "a" });
    await expect(open).rejects.toMatchObject({ message: expect.stringContaining("redirects too often") });
  });

  it("that is cut short is an error, not a shorter file", async () => {
    const headers = { "Content-Type": "audio/mpeg", "Content-Length": "5000" };
    service.scripted.push(() => new Response(AUDIO, { headers }));
    const source = await clientOf(service).openAudio({ job_id: "a" });
    await expect(bytesOf(source)).rejects.toMatchObject({
      code: "NETWORK_ERROR",
      message: "The audio broke off after 3000 of 5000 bytes.",
    });
  });

  it("that is shorter than the job says is an error too", async () => {
    service.scripted.push(() => new Response(AUDIO, { headers: { "Content-Type": "audio/mpeg" } }));
    const source = await clientOf(service).openAudio({ job_id: "a", bytes: 3_001 });
    await expect(bytesOf(source)).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });

  it("ends with CANCELLED when the caller gives up while it is read", async () => {
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(AUDIO) });
    service.scripted.push(() => new Response(body, { headers: { "Content-Type": "audio/mpeg" } }));
    const source = await clientOf(service).openAudio({ job_id: "a" }, controller.signal);
    const reader = source.body.getReader();
    await reader.read();
    controller.abort();
    const rest = async () => {
      for (;;) await reader.read();
    };
    await expect(rest()).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
