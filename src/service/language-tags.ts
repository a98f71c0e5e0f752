/** Canonical forms of the tags asked for so far; there are few in practice, and the bound keeps made-up ones out. */
const canonical = new Map<string, string>();
const MAX_REMEMBERED = 2_000;
/** Languages that CLDR leaves apart though voices are listed under either. */
const SAME_LANGUAGE: Readonly<Record<string, string>> = { no: "nb" };

/** A BCP-47 tag as Unicode writes it (`cmn-cn` is `zh-CN`, `no` is `nb`), lower case where it is no tag at all. */
export function canonicalTag(tag: string): string {
  const known = canonical.get(tag);
  if (known !== undefined) return known;
  const result = canonicalise(tag.replaceAll("_", "-"));
  if (canonical.size < MAX_REMEMBERED) canonical.set(tag, result);
  return result;
}

function canonicalise(tag: string): string {
  try {
    const [found = tag] = Intl.getCanonicalLocales(tag);
    const [language = "", ...rest] = found.split("-");
    return [SAME_LANGUAGE[language] ?? language, ...rest].join("-");
  } catch {
    // Not every caller's or provider's tags are well-formed.
    return tag.toLowerCase();
  }
}

/** `de` of `de-AT`. */
export const baseLanguage = (tag: string): string => canonicalTag(tag).split("-")[0]!;

/** True when `wanted` is the language, by any of its names, or a prefix of its subtags (RFC 4647 basic filtering). */
export function matchesLanguage(language: string, wanted: string): boolean {
  const [have, want] = [canonicalTag(language), canonicalTag(wanted)];
  return have === want || have.startsWith(`${want}-`);
}

/** As `matchesLanguage`, or another region of the same language. */
export function speaksLanguage(language: string, wanted: string): boolean {
  return matchesLanguage(language, wanted) || baseLanguage(language) === baseLanguage(wanted);
}

let names: Intl.DisplayNames | undefined;

/** `German` of `de`; the tag itself where it has no name. */
export function languageName(tag: string): string {
  names ??= new Intl.DisplayNames("en", { type: "language" });
  try {
    return names.of(canonicalTag(tag)) ?? tag;
  } catch {
    return tag;
  }
}
