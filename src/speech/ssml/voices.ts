import type { Gender } from "../../engines/engine.ts";
import { nearest, type SsmlDocument, type SsmlElement } from "./document.ts";
import { readLanguage } from "./values.ts";

/** The voice that a <voice> asks for. */
export interface VoiceWish {
  /** A voice id, or a provider's own name of a voice. */
  name?: string;
  /** BCP-47: as it says, else (where it has no name) the language of the text around it. */
  language?: string;
  gender?: Gender;
}

/** What <voice> elements ask for, in order; several may ask for the same. */
export function voiceWishes(document: SsmlDocument): { wish: VoiceWish; key: string; element: SsmlElement }[] {
  return document.elements
    .filter(({ name }) => name === "voice")
    .map((element) => {
      const wish = wishOf(element);
      return { wish, key: wishKey(wish), element };
    });
}

/** A key for what a wish asks for: the same for the same wish, at any time. */
export const wishKey = ({ name, language, gender }: VoiceWish): string =>
  JSON.stringify([name ?? null, language ?? null, gender ?? null]);

/** @param element a <voice> */
export function wishOf(element: SsmlElement): VoiceWish {
  const { name, gender } = element.attributes;
  const asked = ownLanguage(element) ?? (name === undefined ? languageAround(element) : undefined);
  return {
    ...(name !== undefined && { name: name.trim() }),
    ...(asked !== undefined && { language: readLanguage(asked) }),
    ...(gender !== undefined && { gender: gender as Gender }),
  };
}

const ownLanguage = ({ attributes }: SsmlElement): string | undefined =>
  attributes["xml:lang"] ?? attributes.language ?? attributes.languages;

function languageAround(element: SsmlElement): string | undefined {
  const around = nearest(element.parent, (one) => ownLanguage(one) !== undefined);
  return around && ownLanguage(around);
}
