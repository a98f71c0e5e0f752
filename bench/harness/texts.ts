/** Plain English of sentences of ordinary length, so that every voice has the same kind of work at every size. */
const SENTENCES = [
  "The boat came slowly round the bend of the river.",
  "Nobody on the bank had expected it before the evening, and the old man put down his net to look.",
  "It carried timber, salt and a few letters.",
  "When the rope was thrown, two boys ran to catch it, and one of them fell over a basket of fish.",
  "They laughed about that for years.",
  "The captain asked for bread, for news of the war, and for a doctor who knew something about fevers.",
  "There was bread enough, but the doctor lived a day's walk to the north.",
  "So they sent the quickest of the boys along the road with a lamp, though it was still light.",
  "By midnight the wind had turned, and rain came down on the roofs.",
  "In the morning the boat lay deeper in the water than it had the night before.",
];

/** So many characters of running text, in paragraphs of ten sentences. The same on every call. */
export function prose(characters: number): string {
  const paragraph = `${SENTENCES.join(" ")}\n\n`;
  return `${paragraph.repeat(Math.ceil(characters / paragraph.length)).slice(0, characters - 1)}.`;
}

/** The first sentence of `prose`. */
export const FIRST_SENTENCE = SENTENCES[0]!;
