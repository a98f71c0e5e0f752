import type { SynthesisRequest } from "../../engines/engine.ts";
import { normaliseText } from "./normalise.ts";

type Phonemes = NonNullable<SynthesisRequest["phonemes"]>[number];

/**
 * The request with its text written out for an engine that does not do so itself. What has phonemes is left as it is
 * and its positions move along; requests in an engine's own terms (ssml, markup, dialogue) are not touched.
 *
 * @param language BCP-47 of the text
 */
export function normaliseRequest(request: SynthesisRequest, language: string): SynthesisRequest {
  if (request.ssml !== undefined || request.markup !== undefined || request.dialogue !== undefined) return request;
  const { text, phonemes } = request;
  if (!phonemes || phonemes.length === 0) return { ...request, text: normaliseText(text, language) };
  let result = "";
  let done = 0;
  const add = (piece: string) => {
    // What was written out must not grow together with its neighbour; a word that is in two parts must stay one.
    const grown = /[\p{L}\p{N}]\p{M}*$/u.test(result.slice(-8)) && /^[\p{L}\p{N}]/u.test(piece);
    if (grown && !/^\p{L}{2}$/u.test(text.slice(done - 1, done + 1))) result += " ";
    result += piece;
  };
  const moved: Phonemes[] = [];
  for (const phoneme of phonemes) {
    add(normaliseText(text.slice(done, phoneme.start), language));
    done = phoneme.start;
    const said = text.slice(done, phoneme.end);
    add(said);
    moved.push({ ...phoneme, start: result.length - said.length, end: result.length });
    done = phoneme.end;
  }
  add(normaliseText(text.slice(done), language));
  return { ...request, text: result, phonemes: moved };
}
