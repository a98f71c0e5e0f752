import type { Engine } from "../../engines/engine.ts";

/**
 * The language, BCP-47, in which a voice's text has to be written out for it; undefined when its engine reads numbers
 * and the like by itself.
 */
export function languageToNormalise(engine: Pick<Engine, "capabilities">, voiceId: string): string | undefined {
  return engine.capabilities(voiceId).engine.normalisesText ? undefined : languageOfVoice(voiceId);
}

/** The language in a voice id, `provider:language-Family-Name`; neither family nor name has a hyphen. */
export function languageOfVoice(voiceId: string): string {
  return voiceId.slice(voiceId.indexOf(":") + 1).replace(/-[^-]*-[^-]*$/, "");
}
