import { html } from "hono/html";
import type { Visit, VisitedTrack } from "../../service/shares/share-visits.ts";
import { type Markup, page } from "./document.ts";

const UNTITLED = "Shared audio";

/** What a visitor of a share sees: its tracks, or the form for its code. `problem` says what was wrong with the last. */
export function listeningPage(visit: Visit, problem?: string): Markup {
  const title = visit.title ?? UNTITLED;
  if (visit.needsCode) return page(title, codeForm(title, problem));
  const { description, tracks } = visit;
  return page(
    title,
    html`<h1>${title}</h1>
${description === undefined ? "" : html`<p class="description">${description}</p>`}
${tracks.length === 0 ? html`<p>There is nothing to hear here any more.</p>` : html`<ol>${tracks.map(trackItem)}</ol>`}`,
  );
}

function trackItem({ title, durationSeconds, audioPath, downloadPath }: VisitedTrack, index: number): Markup {
  const name = title ?? `Track ${index + 1}`;
  const length = durationSeconds === undefined ? "" : ` (${minutes(durationSeconds)})`;
  const noDownload = downloadPath === undefined ? html` controlslist="nodownload"` : "";
  const download = downloadPath === undefined ? "" : html`<a href="${downloadPath}" download>Download</a>`;
  return html`<li>${name}${length}
<audio controls preload="none"${noDownload} src="${audioPath}" aria-label="${name}"></audio>
${download}</li>
`;
}

function codeForm(title: string, problem: string | undefined): Markup {
  return html`<h1>${title}</h1>
${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
<form method="post">
<label for="code">Access code</label>
<input id="code" name="code" required maxlength="64" autocomplete="off" autocapitalize="characters" spellcheck="false">
<button>Listen</button>
</form>`;
}

/** A page that only says something. */
export function messagePage(title: string, text: string): Markup {
  return page(
    title,
    html`<h1>${title}</h1>
<p>${text}</p>`,
  );
}

function minutes(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, rest] = [Math.floor(whole / 3600), whole % 3600];
  const tail = `${String(Math.floor(rest / 60)).padStart(hours ? 2 : 1, "0")}:${String(rest % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}
