import { beforeEach, describe, expect, it } from "vitest";
import { FakeService, ok } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe("get_usage", () => {
  const usage = (answer: Data, args: Data = {}) => {
    service.scripted.push(() => ok(answer));
    return callTool(service, "get_usage", args);
  };
  const answer = { credit_balance: 900, unlimited: false, chars_charged: 100, jobs: 1 };

  it("asks for the span and grouping given", async () => {
    await usage(answer, { from: "2026-07-01", to: "2026-07-31", group_by: "day" });
    expect(service.seen[0]).toMatchObject({ method: "GET", path: "/api/v1/usage" });
    expect(Object.fromEntries(service.seen[0]!.query)).toEqual({
      from: "2026-07-01",
      to: "2026-07-31",
      group_by: "day",
    });
  });

  it("says the balance, or that there is no limit", async () => {
    const { data, text } = await usage(answer);
    expect(data).toEqual(answer);
    expect(text).toBe("100 characters charged in 1 job.\nCredit balance: 900.");
    expect((await usage({ ...answer, unlimited: true })).text).toContain("The account is unlimited.");
  });

  it("names the first groups in the text, and has all in its data", async () => {
    const groups = Array.from({ length: 12 }, (_, i) => ({ group: `voice-${i}`, chars_charged: 12 - i, jobs: 1 }));
    const { data, text } = await usage({ ...answer, groups });
    expect(data.groups).toEqual(groups);
    expect(text).toContain("- voice-9: 3 in 1\nand 2 more.");
  });
});

describe("estimate_cost", () => {
  const estimated = {
    chars: 5_000,
    voice_id: "flite:en-US-Clustergen-Rms",
    estimated_cost: 0.08,
    currency: "EUR",
    estimated_duration_seconds: 3_725.4,
    within_limits: true,
    limit: 500_000,
  };
  const estimate = (answer: Data, args: Data = { chars: "5000" }) => {
    service.scripted.push(() => ok(answer));
    return callTool(service, "estimate_cost", args);
  };

  it("asks the service, and never repeats the text", async () => {
    const { data, text } = await estimate(estimated, { text: "Xylophone", voice_id: estimated.voice_id });
    expect(service.seen[0]).toMatchObject({ method: "POST", path: "/api/v1/pricing/estimate" });
    expect(service.seen[0]!.body).toEqual({ text: "Xylophone", voice_id: estimated.voice_id });
    expect(data).toEqual(estimated);
    expect(text).toBe(
      "5000 characters with flite:en-US-Clustergen-Rms: 0.08 EUR, about 1 h 2 min 5 s.\n" +
        'Next: call generate_speech with voice_id "flite:en-US-Clustergen-Rms".',
    );
  });

  it.each([
    [0.4, "0.4 s"],
    [59.9, "59.9 s"],
    [60, "1 min"],
    [7_200, "2 h"],
  ])("tells %d seconds as %s", async (seconds, told) => {
    expect((await estimate({ ...estimated, estimated_duration_seconds: seconds })).text).toContain(`about ${told}.`);
  });

  it("says that a text is too long for one job, and what the limit is", async () => {
    const { text } = await estimate({ ...estimated, within_limits: false });
    expect(text).toContain("Too long for one job: the limit is 500000 bytes of text.");
    expect(text).not.toContain("Next:");
  });

  it("says when the price is not known, with the warning that tells why", async () => {
    const { estimated_cost: _, ...unknown } = estimated;
    const { data, text } = await estimate({ ...unknown, warnings: ["no rate"] });
    expect(data).not.toHaveProperty("estimated_cost");
    expect(text).toContain("an unknown price");
    expect(text).toContain("Warning: no rate");
  });
});
