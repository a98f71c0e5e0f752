/** Regions that the likely one (CLDR) is wrong for: what the programs' voices say themselves. */
const REGIONS: Readonly<Record<string, string>> = { pt: "PT", ar: "001" };

/** What espeak-ng calls by the name of a script (Klingon). */
const LANGUAGES: Readonly<Record<string, string>> = { piqd: "tlh" };

/**
 * A voice's language in BCP-47 as `Intl.Locale` writes it, with a region: programs write "de", "en-gb" and "en_US", and
 * subtags that are none. A language that belongs to no region (Esperanto, Latin) gets none.
 */
export function languageTag(native: string): string {
  const subtags = (LANGUAGES[native] ?? native).replaceAll("_", "-").split("-");
  for (let length = subtags.length; length > 0; length--) {
    const locale = localeOf(subtags.slice(0, length).join("-"));
    if (locale) return isBare(locale) ? withRegion(locale) : locale.toString();
  }
  return "und";
}

function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined; // not well-formed
  }
}

/** Nothing but a language. */
const isBare = (locale: Intl.Locale) => locale.toString() === locale.language;

function withRegion(locale: Intl.Locale): string {
  const region = REGIONS[locale.language] ?? likelyRegion(locale);
  return region === undefined ? locale.language : `${locale.language}-${region}`;
}

/** The country where most speakers are; none for the world, and for Latin none either (CLDR says the Vatican). */
function likelyRegion(locale: Intl.Locale): string | undefined {
  const { region } = locale.maximize();
  return region !== undefined && /^[A-Z]{2}$/.test(region) && region !== "VA" ? region : undefined;
}
