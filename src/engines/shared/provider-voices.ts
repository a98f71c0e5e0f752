/**
 * Characters a second where they are not letters of an alphabet: a mean of conversational rates for Mandarin and
 * Cantonese (a syllable each), Japanese (two morae each) and Korean.
 */
const CHARS_PER_SECOND: Readonly<Record<string, number>> = { cmn: 5.2, yue: 5.2, ja: 5.5, ko: 6 };
/** About 160 English words a minute. */
const LETTERS_PER_SECOND = 15;

const regions = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** A documented mean, for voices whose measurement would cost money. @param language BCP-47 */
export const usualCharsPerSecond = (language: string): number =>
  CHARS_PER_SECOND[language.split("-")[0]!] ?? LETTERS_PER_SECOND;

/** The English name of the country in a BCP-47 tag, or "". */
export function countryOf(language: string): string {
  const region = language.split("-")[1] ?? "";
  return (/^[A-Z]{2}$/.test(region) && regions.of(region)) || "";
}
