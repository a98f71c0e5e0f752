import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { catchErrors } from "../../../src/server/app.ts";
import { mountPages } from "../../../src/server/pages/routes.ts";
import type { Log } from "../../../src/service/log.ts";
import type { ShareVisits, Visit } from "../../../src/service/shares/share-visits.ts";
import { readPage } from "../../support/shares.ts";

const TOKEN = "tokenOfAShare-tokenOfAShare";
const NASTY = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "' onmouseover='alert(1)",
  "Tom & Jerry &lt;3 &amp;",
  "👩‍👩‍👧 \u202Eevil\u202C שלום \u2028 end",
  "</title></style><!-- ]]>",
  "{{7*7}} javascript:alert(1)",
];

/** The pages over whatever visits the test makes up, with what was logged. */
function pages(visits: Partial<ShareVisits>) {
  const logged: unknown[] = [];
  const record = (...entry: unknown[]) => void logged.push(...entry);
  const app = new Hono();
  // As the loopback listener, which looks at the host first.
  app.use(async (_, next) => next());
  mountPages(app, { visits: visits as ShareVisits, addressOf: () => "203.0.113.7" });
  catchErrors(app, { error: record, warn: record, info: record, debug: record } as unknown as Log);
  return { app, logged };
}

async function pageOf(visit: Visit) {
  const { app } = pages({ look: async () => visit });
  const response = await app.request(`http://localhost/s/${TOKEN}`);
  Object.defineProperty(response, "url", { value: `http://localhost/s/${TOKEN}` });
  return readPage(response);
}

const track = (title: string) => ({
  title,
  durationSeconds: 3_725,
  contentType: "audio/wav",
  audioPath: `/s/${TOKEN}/audio/job.wav?a=1&b="2"`,
  downloadPath: `/s/${TOKEN}/audio/job.wav?a=1&b="2"&download=1`,
});

describe("a listening page", () => {
  it.each(NASTY)("shows %o as text wherever it stands", async (text) => {
    const page = await pageOf({ title: text, description: text, needsCode: false, tracks: [track(text), track(text)] });
    const form = await pageOf({ title: text, needsCode: true });
    // The same elements as for plain words: nothing of the text became one.
    const plain = await pageOf({ title: "a", description: "a", needsCode: false, tracks: [track("a"), track("a")] });
    const tags = (html: string) => html.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g);
    expect(tags(page.html)).toEqual(tags(plain.html));
    expect(tags(form.html)).toEqual(tags((await pageOf({ title: "a", needsCode: true })).html));
    // Title, heading, description, two tracks; and read as it was written.
    expect(page.text.split(text)).toHaveLength(1 + 5);
    expect(form.text.split(text)).toHaveLength(1 + 2);
    expect(page.labels).toEqual([text, text]);
    expect(page.audio).toEqual(Array(2).fill(new URL(track("").audioPath, "http://localhost").href));
    expect(page.downloads).toEqual(Array(2).fill(new URL(track("").downloadPath, "http://localhost").href));
  });

  it("names what has no title, and tells lengths as clocks do", async () => {
    const untitled = { ...track(""), title: undefined };
    const lengths = [0.2, 59.6, 61, 3_599, 3_725, undefined];
    const tracks = lengths.map((durationSeconds) => ({ ...untitled, durationSeconds }));
    const { text } = await pageOf({ needsCode: false, tracks });
    expect(text).toContain("Shared audio");
    expect(text.match(/Track \d( \([\d:]+\))?/g)).toEqual([
      "Track 1 (0:01)",
      "Track 2 (1:00)",
      "Track 3 (1:01)",
      "Track 4 (59:59)",
      "Track 5 (1:02:05)",
      "Track 6",
    ]);
  });

  it("allows its own style and script by their hashes, and there are no others", async () => {
    for (const visit of [
      { title: "T", needsCode: true } as const,
      { needsCode: false as const, tracks: [track("a")] },
    ]) {
      const { html, headers } = await pageOf(visit);
      const policy = new Map(
        headers
          .get("content-security-policy")!
          .split("; ")
          .map((directive) => directive.split(/ (.*)/) as [string, string]),
      );
      const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
      const contents = (tag: string) => [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, "g"))];
      for (const [directive, tag] of [
        ["style-src", "style"],
        ["script-src", "script"],
      ] as const) {
        expect(contents(tag).map(([, content]) => hashOf(content!))).toEqual([policy.get(directive)]);
      }
      expect(policy.get("default-src")).toBe("'none'");
      expect(policy.get("media-src")).toBe("'self'");
      expect(policy.get("form-action")).toBe("'self'");
      expect(policy.get("base-uri")).toBe("'none'");
      expect(policy.get("frame-ancestors")).toBe("'none'");
      expect(html).not.toMatch(/<[^>]* (on\w+|style)=/);
      expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    }
  });
});

/** Runs the page's script in a browser made of fakes. */
async function runScript(hash: string, withForm: boolean) {
  const { html } = await pageOf({ needsCode: true });
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
  const listeners: Record<string, () => void> = {};
  const [input, button] = [{ value: "" }, { disabled: false }];
  const form = {
    elements: { code: input },
    querySelector: (selector: string) => (selector === "button" ? button : null),
    addEventListener: (name: string, listener: () => void) => (listeners[name] = listener),
  };
  const replaced: unknown[][] = [];
  runInNewContext(script, {
    URLSearchParams,
    location: { hash, pathname: `/s/${TOKEN}` },
    history: { replaceState: (...args: unknown[]) => replaced.push(args) },
    document: { querySelector: (selector: string) => (selector === "form" && withForm ? form : null) },
    addEventListener: (name: string, listener: () => void) => (listeners[name] = listener),
  });
  return { input, button, listeners, replaced };
}

describe("the page's script", () => {
  it("moves the code from the address into the form", async () => {
    const { input, replaced } = await runScript("#code=23456-ABCDE", true);
    expect(input.value).toBe("23456-ABCDE");
    expect(replaced).toEqual([[null, "", `/s/${TOKEN}`]]);
  });

  it("clears the address where there is no form, and of what is no code", async () => {
    expect((await runScript("#code=23456-ABCDE", false)).replaced).toEqual([[null, "", `/s/${TOKEN}`]]);
    const other = await runScript("#t=12", true);
    expect([other.input.value, other.replaced]).toEqual(["", [[null, "", `/s/${TOKEN}`]]]);
    const plain = await runScript("", true);
    expect([plain.input.value, plain.replaced]).toEqual(["", []]);
  });

  it("sends the form once, and again after the reader came back", async () => {
    const { button, listeners } = await runScript("", true);
    listeners.submit!();
    expect(button.disabled).toBe(true);
    listeners.pageshow!();
    expect(button.disabled).toBe(false);
  });
});

describe("what goes wrong behind a page", () => {
  const boom = async () => {
    throw new Error("the database is locked");
  };
  const form = { method: "POST", body: new URLSearchParams({ code: "23456-ABCDE" }) };

  it.each<[string, string, RequestInit, string]>([
    ["the page", "", {}, "/s/:token"],
    ["the form", "", form, "/s/:token"],
    ["the audio", "/audio/job-1.wav?expires=1&signature=SECRET", {}, "/s/:token/audio/:file"],
  ])(
    "of %s is logged by its route, without the address, and not told to the visitor",
    async (_, below, init, route) => {
      const { app, logged } = pages({ look: boom, enter: boom, audio: boom });
      const response = await app.request(`http://localhost/s/${TOKEN}${below}`, init);
      expect(response.status).toBe(500);
      const text = await response.text();
      for (const secret of ["locked", TOKEN]) expect(text).not.toContain(secret);
      expect(logged).toMatchObject([{ route, err: { message: "the database is locked" } }, "a request failed"]);
      const { err, ...rest } = logged[0] as { err: Error };
      const all = JSON.stringify([rest, err.message, err.stack, Object.entries(err)]);
      for (const secret of [TOKEN, "job-1", "SECRET", "23456", "203.0.113.7"]) expect(all).not.toContain(secret);
    },
  );

  it("is not logged when it is the visitor's to mend", async () => {
    const refuse = async () => {
      throw new AppError("NOT_FOUND", "There is nothing at this address.", { hint: "check the link" });
    };
    const { app, logged } = pages({ look: refuse, enter: refuse, audio: refuse });
    for (const init of [{}, form]) expect((await app.request(`/s/${TOKEN}`, init)).status).toBe(404);
    const page = await (await app.request(`/s/${TOKEN}`)).text();
    expect(page).toContain("<p>There is nothing at this address. Check the link.</p>");
    expect(logged).toEqual([]);
  });
});

it("a grant's cookie is for https alone where the world sees the page so, whatever a proxy asks by", async () => {
  const cookieOf = async (secure: boolean) => {
    const { app } = pages({ enter: async () => ({ cookie: "grant", expiresAt: Date.now() + 60_000, secure }) });
    return (await app.request(`http://127.0.0.1:1234/s/${TOKEN}`, { method: "POST" })).headers.get("set-cookie");
  };
  expect(await cookieOf(true)).toMatch(/; Secure/);
  expect(await cookieOf(false)).not.toMatch(/Secure/);
});
