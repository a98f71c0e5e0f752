import type { Boundary } from "../plan/plan.ts";

const SENTENCE_END = /[.!?…。！？]["'”’»)\]]*\s*$/u;
const CLAUSE_END = /[,;:—–，、；：]["'”’»)\]]*\s*$/u;

/** What a text that goes on elsewhere ends with. */
export function boundaryAfter(text: string): Boundary {
  if (/\n[ \t\r]*\n\s*$/.test(text)) return "paragraph";
  if (SENTENCE_END.test(text)) return "sentence";
  if (/\n[ \t\r]*$/.test(text)) return "line";
  if (CLAUSE_END.test(text)) return "clause";
  return "space";
}
