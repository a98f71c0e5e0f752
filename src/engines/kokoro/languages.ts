/** A language of Kokoro's voices and how the runtime is told to read it. */
export interface KokoroLanguage {
  /** As in voice ids. */
  tag: string;
  /** In English, for warnings. */
  name: string;
  /** The voice of espeak-ng by which everything but Chinese characters becomes sounds. */
  espeakVoice: string;
  /** Letters that it reads well, beside the Latin ones of foreign names. */
  letters: RegExp;
  /** Chinese characters are its own. The runtime reads them as Mandarin for every voice, Japanese ones included. */
  readsHan: boolean;
}

const LATIN = /[\p{Script=Latin}]/u;

/**
 * By the first letter of a speaker's name. espeak-ng's voice "en" is British; "en-gb" and "fr-fr" are not names that it
 * knows when it is asked as the runtime asks it. Words of Latin letters in a Chinese text are read as English.
 */
export const LANGUAGES: Readonly<Record<string, KokoroLanguage>> = {
  a: { tag: "en-US", name: "English", espeakVoice: "en-us", letters: LATIN, readsHan: false },
  b: { tag: "en-GB", name: "English", espeakVoice: "en", letters: LATIN, readsHan: false },
  e: { tag: "es-ES", name: "Spanish", espeakVoice: "es", letters: LATIN, readsHan: false },
  f: { tag: "fr-FR", name: "French", espeakVoice: "fr", letters: LATIN, readsHan: false },
  h: {
    tag: "hi-IN",
    name: "Hindi",
    espeakVoice: "hi",
    letters: /[\p{Script=Devanagari}\p{Script=Latin}]/u,
    readsHan: false,
  },
  i: { tag: "it-IT", name: "Italian", espeakVoice: "it", letters: LATIN, readsHan: false },
  j: {
    tag: "ja-JP",
    name: "Japanese",
    espeakVoice: "ja",
    // The mark of a long vowel belongs to both kanas.
    letters: /[\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Latin}]/u,
    readsHan: false,
  },
  p: { tag: "pt-BR", name: "Portuguese", espeakVoice: "pt-br", letters: LATIN, readsHan: false },
  z: { tag: "cmn-CN", name: "Mandarin", espeakVoice: "en-us", letters: LATIN, readsHan: true },
};
