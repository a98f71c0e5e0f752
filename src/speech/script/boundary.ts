import type { Boundary } from "../plan/plan.ts";

const SENTENCE_END = /[.!?…。！？]["'”’»)\]]*$/u;
const CLAUSE_END = /[,;:—–，、；：]["'”’»)\]]*$/u;
/** Marks and closing quotes at the end of a text are few. */
const TAIL_CHARS = 200;

/** What a text that goes on elsewhere ends with. Linear, also for white space without end. */
export function boundaryAfter(text: string): Boundary {
  const said = text.trimEnd();
  const lineBreaks = text.slice(said.length).split("\n").length - 1;
  const tail = said.slice(-TAIL_CHARS);
  if (lineBreaks > 1) return "paragraph";
  if (SENTENCE_END.test(tail)) return "sentence";
  if (lineBreaks > 0) return "line";
  return CLAUSE_END.test(tail) ? "clause" : "space";
}
