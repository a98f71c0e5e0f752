import type MiniSearch from "minisearch";
import type { CatalogueEntry } from "./engine-listing.ts";
import { askedWords, voiceWords, wordsOf } from "./voice-words.ts";

/** A wrong letter in a word of four, two in one of eight: "brien" is Brian. */
const FUZZY = 0.25;
/** Shorter words have too many neighbours. */
const MIN_FUZZY_LETTERS = 4;

/**
 * Finds voices by words: the beginnings of words, without regard to accents; what begins no known word is taken for a
 * misspelling. MiniSearch holds the vocabulary, which is small however many voices share it, and each word knows its
 * voices.
 */
export class VoiceIndex {
  readonly #entries: readonly CatalogueEntry[];
  readonly #vocabulary: MiniSearch;
  /** The places of the voices that have a word, by word. */
  readonly #places: ReadonlyMap<string, readonly number[]>;
  readonly #names: readonly string[];
  readonly #ids: readonly string[];

  private constructor(entries: readonly CatalogueEntry[], Search: typeof MiniSearch) {
    const places = new Map<string, number[]>();
    for (const [place, { voice }] of entries.entries()) {
      for (const word of voiceWords(voice)) {
        const known = places.get(word);
        if (known) known.push(place);
        else places.set(word, [place]);
      }
    }
    this.#entries = entries;
    this.#names = entries.map(({ voice }) => wordsOf(voice.name).join(" "));
    this.#ids = entries.map(({ voice }) => voice.voiceId.toLowerCase());
    this.#places = places;
    this.#vocabulary = new Search({
      idField: "word",
      fields: ["word"],
      // Words come folded and whole.
      tokenize: (word) => [word],
      processTerm: (word) => word,
    });
    this.#vocabulary.addAll([...places.keys()].map((word) => ({ word })));
  }

  static async of(entries: readonly CatalogueEntry[]): Promise<VoiceIndex> {
    const { default: Search } = await import("minisearch");
    return new VoiceIndex(entries, Search);
  }

  /**
   * The voices that have every word of the query: first the one whose id or name it is, then those whose name is among
   * its words, then the others; each in the order of the entries.
   */
  search(query: string): CatalogueEntry[] {
    const words = askedWords(query);
    if (words.length === 0) return [...this.#entries];
    const hits = new Uint8Array(this.#entries.length);
    for (const [turn, word] of words.entries()) {
      for (const known of this.#wordsLike(word)) {
        // Counted once a turn, and only while no earlier word was missed.
        for (const place of this.#places.get(known)!) if (hits[place] === turn) hits[place] = turn + 1;
      }
    }
    const exact = query.trim().toLowerCase();
    const whole = words.join(" ");
    const tiers: CatalogueEntry[][] = [[], [], []];
    for (let place = 0; place < hits.length; place++) {
      if (hits[place] !== words.length) continue;
      const name = this.#names[place]!;
      const isIt = name === whole || this.#ids[place] === exact;
      tiers[isIt ? 0 : words.includes(name) ? 1 : 2]!.push(this.#entries[place]!);
    }
    return tiers[0]!.concat(tiers[1]!, tiers[2]!);
  }

  #wordsLike(word: string): string[] {
    const begun = this.#vocabulary.search(word, { prefix: true });
    const found =
      begun.length > 0 || word.length < MIN_FUZZY_LETTERS ? begun : this.#vocabulary.search(word, { fuzzy: FUZZY });
    return found.map(({ id }) => id);
  }
}
