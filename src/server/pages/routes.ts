import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { AppError } from "../../errors.ts";
import type { ShareAudioSignature } from "../../service/shares/share-links.ts";
import type { ShareVisits } from "../../service/shares/share-visits.ts";
import type { ClientAddress } from "../client-address.ts";
import { sendFile } from "../media.ts";
import { type Markup, PAGE_HEADERS } from "./document.ts";
import { listeningPage, messagePage } from "./listening-page.ts";

export interface PageParts {
  visits: ShareVisits;
  addressOf: ClientAddress;
}

const COOKIE = "aittsm_share";
/** A form with one code in it. */
const MAX_FORM_BYTES = 4_096;

const PATH = "/s/:token";

/** The pages for people without an account: a share's tracks, its code form, and its audio. */
export function mountPages(app: Hono, { visits, addressOf }: PageParts): void {
  app.get(PATH, (c) =>
    orMessage(c, async () =>
      show(c, listeningPage(await visits.look(c.req.param("token"), getCookie(c, COOKIE))), 200),
    ),
  );

  const tooLarge = (c: Context) => show(c, messagePage("Too large", "This form takes one access code."), 413);
  // Only this consumes a code: link previews and prefetches send no forms.
  app.post(PATH, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), (c) =>
    orMessage(c, async () => {
      const token = c.req.param("token");
      // What can't be read as a form has no code in it.
      const { code } = await c.req.parseBody().catch((): Record<string, undefined> => ({}));
      const cookie = getCookie(c, COOKIE);
      try {
        const entry = await visits.enter(token, {
          code: typeof code === "string" ? code : "",
          cookie,
          address: addressOf(c),
        });
        if (entry) {
          setCookie(c, COOKIE, entry.cookie, {
            path: `/s/${token}`,
            httpOnly: true,
            // Lax: who follows the link from a message is still in.
            sameSite: "Lax",
            secure: entry.secure,
            expires: new Date(entry.expiresAt),
          });
        }
        for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
        return c.redirect(`/s/${token}`, 303);
      } catch (error) {
        if (!(error instanceof AppError) || !["INVALID_INPUT", "RATE_LIMITED"].includes(error.code)) throw error;
        if (error.retryAfterMs !== undefined) c.header("Retry-After", String(Math.ceil(error.retryAfterMs / 1000)));
        const problem = [error.message, error.code === "RATE_LIMITED" && sentence(error.hint)]
          .filter(Boolean)
          .join(" ");
        return show(c, listeningPage(await visits.look(token, undefined), problem), error.status);
      }
    }),
  );

  app.get(`${PATH}/audio/:file`, (c) =>
    orMessage(c, async () => {
      const [token, jobId] = [c.req.param("token"), c.req.param("file").replace(/\.\w+$/, "")];
      const signature: ShareAudioSignature = {
        expires: c.req.query("expires") ?? "",
        code: c.req.query("code") ?? "",
        visit: c.req.query("visit") ?? "",
        key: c.req.query("key") ?? "",
        signature: c.req.query("signature") ?? "",
      };
      const download = c.req.query("download") === "1";
      const file = await visits.audio(token, jobId, signature, download);
      const response = await sendFile(c, file, download ? "attachment" : "inline");
      if (!download && isBeginning(c, response)) await visits.played(token, jobId, signature);
      return response;
    }),
  );
}

/** The start of the audio, and not the one or two bytes by which some players find out whether ranges work. */
function isBeginning(c: Context, response: Response): boolean {
  if (c.req.method !== "GET") return false;
  if (response.status === 200) return true;
  return response.status === 206 && /^bytes 0-(?![01]\/)/.test(response.headers.get("Content-Range") ?? "");
}

const TITLES: Record<number, string> = { 404: "Not found", 410: "No longer here" };
const sentence = (hint: string | undefined) => hint && `${hint[0]!.toUpperCase()}${hint.slice(1)}.`;

/** What people can do something about is said in a page; the rest goes the way of every other failure. */
async function orMessage(c: Context, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const title = error instanceof AppError ? TITLES[error.status] : undefined;
    if (!(error instanceof AppError) || title === undefined) throw error;
    return show(c, messagePage(title, [error.message, sentence(error.hint)].filter(Boolean).join(" ")), error.status);
  }
}

async function show(c: Context, markup: Markup, status: number): Promise<Response> {
  const retryAfter = c.res.headers.get("Retry-After");
  return new Response(String(await markup), {
    status,
    headers: {
      ...PAGE_HEADERS,
      "Content-Type": "text/html; charset=utf-8",
      ...(retryAfter !== null && { "Retry-After": retryAfter }),
    },
  });
}
