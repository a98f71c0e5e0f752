import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sayAs } from "../../../../src/speech/normalise/say-as.ts";

const say = (text: string, as: string, format?: string, language = "en-US") =>
  sayAs(text, as, format === undefined ? {} : { format }, language);

describe("saying a text as what it is", () => {
  it.each([
    ["1,234", "cardinal", undefined, "one thousand two hundred thirty-four"],
    ["-3.5", "number", undefined, "minus three point five"],
    ["2026", "cardinal", undefined, "two thousand twenty-six"],
    ["21", "ordinal", undefined, "twenty-first"],
    ["3rd", "ordinal", undefined, "third"],
    ["007", "digits", undefined, "zero zero seven"],
    ["555-1234", "digits", undefined, "five five five one two three four"],
    ["US 5", "characters", undefined, "U S five"],
    ["abc", "spell-out", undefined, "A B C"],
    ["a.b-c", "verbatim", undefined, "A dot B dash C"],
    ["2/3", "fraction", undefined, "two thirds"],
    ["1 1/2", "fraction", undefined, "one and one half"],
    ["3+1/2", "fraction", undefined, "three and one half"],
    ["10 km", "unit", undefined, "ten kilometers"],
    ["1 km/h", "unit", undefined, undefined],
    ["5 mph", "measure", undefined, "five miles per hour"],
    ["11/28/2026", "date", "mdy", "November twenty-eighth, twenty twenty-six"],
    ["28/11/2026", "date", "dmy", "November twenty-eighth, twenty twenty-six"],
    ["1.2.2026", "date", "dmy", "February first, twenty twenty-six"],
    ["2026-11-28", "date", "ymd", "November twenty-eighth, twenty twenty-six"],
    ["20261128", "date", "yyyymmdd", "November twenty-eighth, twenty twenty-six"],
    ["11-28", "date", "md", "November twenty-eighth"],
    ["2026-11", "date", "ym", "November twenty twenty-six"],
    ["11/2026", "date", "my", "November twenty twenty-six"],
    ["1905", "date", "y", "nineteen oh five"],
    ["Nov 28 2026", "date", "mdy", "November twenty-eighth, twenty twenty-six"],
    ["2026-11-28", "date", undefined, "November twenty-eighth, twenty twenty-six"],
    ["5/6/2026", "date", undefined, "May sixth, twenty twenty-six"],
    ["2:30pm", "time", "hms12", "two thirty P M"],
    ["14:05", "time", "hms24", "fourteen oh five"],
    [`1'21"`, "time", undefined, "one minute twenty-one seconds"],
    ["2h", "duration", undefined, "two hours"],
    ["(555) 123-4567", "telephone", undefined, "five five five, one two three, four five six seven"],
    ["+44 20 7946", "telephone", undefined, "plus four four, two zero, seven nine four six"],
    ["$42.01", "currency", undefined, "forty-two dollars and one cent"],
    ["42 EUR", "currency", undefined, "forty-two euros"],
    ["150 Main St. Apt. 5", "address", undefined, "one hundred fifty Main Street Apartment five"],
    ["1600 N Elm Dr", "address", undefined, "sixteen hundred North Elm Drive"],
  ])("reads %j as %s (%s): %j", (text, as, format, expected) => {
    expect(say(text, as, format)).toBe(expected);
  });

  it("dates as the country does when no format is given", () => {
    expect(say("5/6/2026", "date", undefined, "en-GB")).toBe("the fifth of June, twenty twenty-six");
    expect(say("5/6/2026", "date", undefined, "en-US")).toBe("May sixth, twenty twenty-six");
  });

  it.each([
    ["word", "cardinal", undefined],
    ["", "cardinal", undefined],
    ["1.5", "ordinal", undefined],
    ["abc", "digits", undefined],
    ["13/13/2026", "date", "mdy"],
    ["11/28", "date", "mdy"],
    ["11/28/2026", "date", "xyz"],
    ["25:00", "time", undefined],
    ["14:00 pm", "time", "hms12"],
    ["1/0", "fraction", undefined],
    ["5 furlongs", "unit", undefined],
    ["12 XYZ", "currency", undefined],
    ["call me", "telephone", undefined],
    ["damn", "expletive", undefined],
    ["damn", "bleep", undefined],
    ["5", "constructor", undefined],
    ["5", "no such kind", undefined],
  ])("does not guess: %j as %s (%s)", (text, as, format) => {
    expect(say(text, as, format)).toBeUndefined();
  });

  it("separates characters and digits in every language, and nothing else", () => {
    expect(say("été 5", "characters", undefined, "fr-FR")).toBe("é t é 5");
    expect(say("12 34", "digits", undefined, "de-DE")).toBe("1 2 3 4");
    expect(say("नमस्ते", "spell-out", undefined, "hi-IN")!.split(" ").join("")).toBe("नमस्ते");
    expect(say("5", "cardinal", undefined, "de-DE")).toBeUndefined();
    expect(say("5.5.2026", "date", "dmy", "de-DE")).toBeUndefined();
  });

  it("answers whatever it is given, and soon", () => {
    const kinds = "cardinal ordinal digits characters fraction unit date time telephone currency address".split(" ");
    const wild = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[0-9/:.,$'" -]{0,40}$/));
    fc.assert(
      fc.property(wild, fc.constantFrom(...kinds), fc.constantFrom("", "mdy", "ym", "hms12"), (text, kind, format) => {
        const said = say(text, kind, format);
        if (said !== undefined && kind !== "address") expect(said).not.toMatch(/\d/);
      }),
    );
    for (const kind of kinds) say("1/".repeat(100_000), kind, "mdy");
  });
});
