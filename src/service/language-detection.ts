/** So much of a text tells its language. */
const SAMPLE_LETTERS = 1_000;
/** Fewer letters of Latin script tell too little: "Hello world!" is nearly Norwegian. */
const MIN_LATIN_LETTERS = 20;
/** What a language has to score, and by how much more than English; names and terms in English texts stay below. */
const MIN_SCORE = 0.65;
const MIN_LEAD = 0.2;
/** Of every so many words one of these, and it is English without a further look: the detector takes 150 ms to load. */
const ENGLISH_WORDS = /\b(the|and|with|this|that|you|are|from|have|which|your|they|been|would)\b/gi;
const WORDS_PER_ENGLISH_WORD = 12;

/** Languages that the detector does not tell apart, the likelier first. */
const TWINS: Readonly<Record<string, readonly string[]>> = {
  ms: ["id", "ms"],
  hr: ["hr", "sr", "bs"],
  sr: ["sr", "hr", "bs"],
  tl: ["fil", "tl"],
};

/**
 * The language that a text is in, where that is clear, with those it may be taken for: BCP-47, the likeliest first;
 * undefined where it is not.
 * Loads 1 MB of n-grams when the text is not plainly English.
 */
export async function detectLanguage(text: string): Promise<readonly string[] | undefined> {
  const sample = text.slice(0, SAMPLE_LETTERS);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const latin = sample.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const isLatin = latin * 2 >= letters;
  if (letters < 2 || (isLatin && (letters < MIN_LATIN_LETTERS || isPlainlyEnglish(sample)))) return undefined;
  const { eld } = await import("eld/extrasmall");
  const found = eld.detect(sample);
  if (found.language === "") return undefined;
  if (isLatin) {
    const { [found.language]: score = 0, en = 0 } = found.getScores();
    const isClear = found.language === "en" || score - en >= MIN_LEAD;
    if (!found.isReliable() || score < MIN_SCORE || !isClear) return undefined;
  }
  return TWINS[found.language] ?? [found.language];
}

function isPlainlyEnglish(sample: string): boolean {
  const words = sample.match(/\p{L}+/gu)?.length ?? 0;
  return (sample.match(ENGLISH_WORDS)?.length ?? 0) * WORDS_PER_ENGLISH_WORD >= words;
}
