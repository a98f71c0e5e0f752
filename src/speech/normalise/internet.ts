import { matchAt, pattern, type Reading } from "./reading.ts";
import { sayCardinal, sayDigits, spell } from "./words.ts";

/** URLs, e-mail addresses, host names, names of files and paths: read sign by sign. */

const SIGNS: Record<string, string> = {
  ...{ ".": "dot", "/": "slash", ":": "colon", "@": "at", "-": "dash", _: "underscore", "?": "question mark" },
  ...{ "=": "equals", "&": "and", "%": "percent", "#": "hash", "~": "tilde", "+": "plus", "\\": "backslash" },
  ...{ ",": "comma", ";": "semicolon", "!": "exclamation mark", "*": "asterisk", "'": "apostrophe", $: "dollar" },
  ...{
    "(": "open parenthesis",
    ")": "close parenthesis",
    "[": "open bracket",
    "]": "close bracket",
    "|": "vertical bar",
  },
  ...{ "^": "caret", "`": "backtick", "{": "open brace", "}": "close brace" },
};

/** Top-level domains that are no words; those that are count only behind "www." or a scheme. */
const DOMAINS =
  "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|uk|eu|de|fr|es|pt|nl|pl|se|dk|fi|ch|ru|cn|jp|kr|br|ca|au|nz|tv|ly|gg|xyz|cloud|tech|online|shop|blog|local|localhost|example|test";
const EXTENSIONS =
  "html?|css|[cm]?[jt]sx?|json|ya?ml|toml|xml|csv|tsv|md|txt|pdf|docx?|xlsx?|pptx?|py|rb|rs|go|java|cpp|hpp|sh|bash|sql|zip|tar|gz|tgz|exe|dll|iso|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|opus|flac|mov|avi|log|env|lock|ini|cfg|conf|bak|db|wasm|onnx";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?";
const HOST = `(?:${LABEL}\\.){1,8}`;

const URL = /^[a-z][a-z0-9+.-]{1,15}:\/\/[^\s]/i;
const MAIL = new RegExp(`^(?:mailto:)?[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@${HOST}[A-Za-z]{2,24}$`);
const WWW = new RegExp(`^www\\.${HOST}[A-Za-z]{2,24}(?:[:/?#]|$)`, "i");
const DOMAIN = new RegExp(`^${HOST}(?:${DOMAINS})(?:[:/?#]|$)`);
const FILE = new RegExp(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\\.(?:${EXTENSIONS})(?::\\d{1,6}){0,2}$`);
const PATH = /^(?:(?:~|\.{1,2})?[/](?=[A-Za-z0-9._-])|[A-Za-z]:\\|\\\\(?=[A-Za-z]))/;

/** What separates a token from others; long ones are cut, a URL has no need of more. */
const TOKEN = pattern('[^\\s<>"“”«»]{2,2000}');
const TRAILING = /[.,;:!?'’)\]}…*_]+$/;
/** What makes a token worth a look. */
const WORTH = /[.@:/\\]/;

/** The address that begins at `at`, the start of a token, with its reading; `end` without the sentence's own marks. */
export function addressAt(text: string, at: number): Reading | undefined {
  const match = matchAt(TOKEN, text, at);
  if (!match || !WORTH.test(match[0])) return undefined;
  const token = match[0].replace(TRAILING, "");
  if (!isAddress(token)) return undefined;
  return { start: at, end: at + token.length, words: sayAddress(token) };
}

function isAddress(token: string): boolean {
  return [URL, MAIL, WWW, DOMAIN, FILE].some((test) => test.test(token)) || isPath(token);
}

/** "/usr/bin", "~/notes", "./a", "C:\\x"; "/5" and "/" are none. */
function isPath(token: string): boolean {
  return PATH.test(token) && /[A-Za-z]/.test(token);
}

const VOWEL = /[aeiouy]/i;
/** Short runs of letters that are said letter by letter although they have vowels. */
const SPELLED = new Set("io ai uk us eu de au ie ea api url uri ui".split(" "));
const LONGEST_SPELLED = 5;
const LONGEST_AS_NUMBER = 4;

/** Reads an address sign by sign: "example dot com slash a". */
export function sayAddress(token: string): string {
  const words: string[] = [];
  for (const [piece] of token.matchAll(/[\p{L}\p{M}]+|\d+|[^\p{L}\p{M}\d]/gu)) {
    if (/^\d/.test(piece)) words.push(piece.length <= LONGEST_AS_NUMBER ? sayCardinal(piece, false) : sayDigits(piece));
    else words.push(SIGNS[piece] ?? sayLetters(piece));
  }
  return words.join(" ");
}

function sayLetters(letters: string): string {
  const spelled = letters.length > 1 && letters.length <= LONGEST_SPELLED && !VOWEL.test(letters);
  return (spelled && /^[A-Za-z]+$/.test(letters)) || SPELLED.has(letters.toLowerCase()) ? spell(letters) : letters;
}
