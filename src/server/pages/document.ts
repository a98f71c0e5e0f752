import { createHash } from "node:crypto";
import { html, raw } from "hono/html";

/** Text that may stand in a page: `html` escapes everything that is put into it. */
export type Markup = ReturnType<typeof html>;

const STYLE = `
body { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 40rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; overflow-wrap: anywhere }
.description { white-space: pre-line }
ol { padding-left: 1.5rem }
li { margin-bottom: 1.5rem }
audio { display: block; width: 100%; margin: 0.25rem 0 }
label { display: block }
input, button { font: inherit; padding: 0.5rem }
input { letter-spacing: 0.1em }
.problem { font-weight: bold }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; width: 100% }
caption { text-align: left; font-weight: bold }
td { border-top: 1px solid; padding: 0.25rem; vertical-align: top }
`;

/** A code that came in the address's fragment goes into the form and out of the address (and the history). */
const SCRIPT = `
const code = new URLSearchParams(location.hash.slice(1)).get("code");
if (location.hash) history.replaceState(null, "", location.pathname);
const form = document.querySelector("form");
if (form) {
  if (code) form.elements.code.value = code;
  const button = form.querySelector("button");
  form.addEventListener("submit", () => { button.disabled = true; });
  addEventListener("pageshow", () => { button.disabled = false; });
}
`;

const hash = (content: string) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;

/** On every page: only our own style, script and audio, no frames, and nothing of the address goes elsewhere. */
export const PAGE_HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "media-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex, nofollow",
  "Cache-Control": "no-store",
} as const;

/** A whole HTML document. */
export function page(title: string, body: Markup): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${body}
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
}
