/** A line this long without an end mark was wrapped by an editor; titles, list items and verses are shorter. */
const WRAPPED_LINE_CHARS = 60;

/**
 * The text with a space for each line break that only wraps a running sentence; of the same length, so that positions
 * stay. A break is such when the next line starts with a small letter, or the line before it is long and ends in
 * neither an end mark nor a colon. An empty line is never one. Linear.
 */
export function joinWrappedLines(text: string): string {
  let result = "";
  let done = 0;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    if (isWrap(text, lineStart, at)) {
      result += `${text.slice(done, at)} `;
      done = at + 1;
    }
    lineStart = at + 1;
  }
  return done === 0 ? text : result + text.slice(done);
}

function isWrap(text: string, lineStart: number, at: number): boolean {
  let end = at;
  while (end > lineStart && /[ \t\r]/.test(text[end - 1]!)) end--;
  let next = at + 1;
  while (next < text.length && /[ \t]/.test(text[next]!)) next++;
  const first = text[next];
  if (end === lineStart || first === undefined || /[\r\n]/.test(first)) return false;
  if (/[.!?:;…。！？]|["'”’)\]]/.test(text[end - 1]!)) return false;
  if (/\p{Ll}/u.test(first)) return true;
  return end - lineStart >= WRAPPED_LINE_CHARS && /[\p{L}\p{N}"'“‘(]/u.test(first);
}
