import { beforeEach, describe, expect, it } from "vitest";
import { CAPABILITIES, FakeService, ok, VOICE } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});
const search = (args: Data = {}) => callTool(service, "search_voices", args);
const idsOf = (data: Data) => (data.voices as Data[]).map((voice) => voice.voice_id);
const voice = (voice_id: string, more: Data = {}) => ({ ...VOICE, voice_id, ...more });

/** Makes the service one that lists all its voices whatever it is asked, as the first version of the API did. */
function listsEverything(voices: Data[]): void {
  const answer = () => ok({ voices });
  service.voices = voices;
  const original = service.fetch;
  service.fetch = async (request) => {
    if (new URL(request.url).pathname === "/api/v1/voices") service.scripted.unshift(answer);
    return original(request);
  };
}

describe("search_voices", () => {
  it("tells the capabilities when few match, reading them where the list has none", async () => {
    const { data, text } = await search();
    const { supports_ssml, supports_markup, supports_multispeaker, ...shown } = VOICE;
    expect(data).toEqual({ voices: [{ ...shown, capabilities: CAPABILITIES }], total: 1 });
    expect(text).toBe("1 voice:\n- flite:en-US-Clustergen-Rms: Rms, en-US, male, premium");
  });

  it("leaves the capabilities out when many match", async () => {
    service.voices = Array.from({ length: 6 }, (_, i) => voice(`v${i}`, { capabilities: CAPABILITIES }));
    const { data } = await search();
    expect(data.total).toBe(6);
    expect((data.voices as Data[]).filter((one) => "capabilities" in one)).toEqual([]);
    expect(service.seen).toHaveLength(1);
  });

  it("asks the service for 20 voices with the filters given", async () => {
    await search({ language: "en", supports: ["ssml"], gender: "male" });
    expect(Object.fromEntries(service.seen[0]!.query)).toEqual({
      language: "en",
      supports: "ssml",
      gender: "male",
      limit: "20",
    });
  });

  it("hands the service's pages on", async () => {
    service.scripted.push(() => ok({ voices: [VOICE], total: 50, next_cursor: "c2" }));
    const { data, text } = await search({ cursor: "c1" });
    expect(service.seen[0]!.query.get("cursor")).toBe("c1");
    expect(data).toMatchObject({ total: 50, next_cursor: "c2", next: expect.stringContaining('cursor "c2"') });
    expect(text).toContain("1 of 50 voices");
  });

  it("hands on what the service says of providers that fail", async () => {
    const warning = "The voices of google could not be listed: Google answered 503.";
    service.scripted.push(() =>
      ok({ voices: [voice("x", { capabilities: CAPABILITIES })], total: 1, warnings: [warning] }),
    );
    const { data, text } = await search();
    expect(data.warnings).toEqual([warning]);
    expect(text).toContain(`Warning: ${warning}`);
  });

  it("says why a voice is unavailable", async () => {
    service.voices = [voice("x", { available: false, why_unavailable: "set GOOGLE_API_KEY" })];
    expect((await search()).text).toContain("unavailable: set GOOGLE_API_KEY");
  });

  it("warns of voices that could not be read", async () => {
    service.scripted.push(() => ok({ voices: [VOICE, { voice_id: "odd" }], total: 2 }));
    expect((await search()).data.warnings).toEqual([expect.stringContaining("1 voices could not be read")]);
  });

  it("keeps a voice whose capabilities can't be read, and says so", async () => {
    service.scripted.push(
      () => ok({ voices: [VOICE], total: 1 }),
      () => new Response("no", { status: 403 }),
    );
    const { data } = await search();
    expect(idsOf(data)).toEqual([VOICE.voice_id]);
    expect(data.warnings).toEqual([expect.stringContaining("capabilities")]);
  });
});

describe("search_voices on a server that lists everything", () => {
  const ids = ["g:en-GB-Studio-A", "g:en-US-Studio-B", "p:de-DE-Neural-C", "p:enm-XX-Neural-D"];
  beforeEach(() => {
    listsEverything([
      voice(ids[0]!, { language: "en-GB", gender: "female", name: "A", provider: "g", family: "Studio" }),
      voice(ids[1]!, { language: "en-US", gender: "male", name: "B", provider: "g", model_type: "ultra" }),
      voice(ids[2]!, { language: "de-DE", gender: "female", name: "C", provider: "p", supports_ssml: false }),
      voice(ids[3]!, { language: "enm", gender: "neutral", name: "D", provider: "p" }),
    ]);
  });

  it.each<[Data, number[]]>([
    [{}, [0, 1, 2, 3]],
    [{ language: "en" }, [0, 1]],
    [{ language: "EN-gb" }, [0]],
    [{ gender: "female", provider: "P" }, [2]],
    [{ family: "studio" }, [0]],
    [{ model_type: "ultra" }, [1]],
    [{ voice_id: "p:de-DE-Neural-C" }, [2]],
    [{ query: "british" }, [0]],
    [{ query: "german female" }, [2]],
    [{ query: "male" }, [1]],
    [{ supports: ["ssml"], gender: "female" }, [0]],
  ])("%j finds what it would find elsewhere", async (filter, expected) => {
    const { data } = await search(filter);
    expect(idsOf(data)).toEqual(expected.map((i) => ids[i]));
    expect(data.total).toBe(expected.length);
  });

  it("pages itself, and the cursor leads through all", async () => {
    const first = await search({ limit: 3 });
    expect(idsOf(first.data)).toEqual(ids.slice(0, 3));
    const second = await search({ limit: 3, cursor: first.data.next_cursor });
    expect(idsOf(second.data)).toEqual(ids.slice(3));
    expect(second.data).not.toHaveProperty("next_cursor");
    expect(second.data.total).toBe(4);
  });

  it("says which features the server is silent about", async () => {
    const { data } = await search({ supports: ["speed"], output_format: "wav" });
    expect(data.total).toBe(4);
    expect(data.warnings).toEqual([expect.stringContaining("speed, output_format wav")]);
  });
});

describe("search_voices that finds nothing", () => {
  beforeEach(() => {
    listsEverything([voice("a:en-US-F-X"), voice("a:fr-FR-F-Y", { language: "fr-FR" })]);
  });

  it.each<[Data, string]>([
    [{ voice_id: "a:en-US-F-Z" }, 'call search_voices with voice_id "a:en-US-F-X"'],
    [{ language: "tlh" }, "call search_voices with one of the languages there are: en-US, fr-FR"],
    [{ language: "en", gender: "female", query: "x" }, "call search_voices without query or gender"],
  ])("%j says what would widen it", async (filter, next) => {
    const { data, text } = await search(filter);
    expect(data).toMatchObject({ voices: [], total: 0, next });
    expect(text).toBe(`No voice matches.\nNext: ${next}.`);
  });
});
