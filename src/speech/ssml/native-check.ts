import type { RequestSupport } from "../../engines/engine.ts";
import { AppError } from "../../errors.ts";
import { type SsmlElement, shortened, unsupported } from "./document.ts";

/**
 * Whether an engine that takes SSML takes this element.
 * @param attributes those that it would get
 * @throws AppError UNSUPPORTED_MODIFIER that names what it doesn't take
 */
export function checkElement(
  element: SsmlElement,
  attributes: Readonly<Record<string, string>>,
  voiceId: string,
  { ssmlElements, phonemes }: RequestSupport,
): void {
  const { name } = element;
  const refuse = (what: string, hint: string) =>
    unsupported(element, voiceId, `${voiceId} does not take ${what}.`, hint);
  if (!ssmlElements) {
    const { alphabet } = attributes;
    if (name !== "phoneme" || phonemes.some((one) => one === alphabet)) return;
    throw refuse(`alphabet="${shortened(alphabet!)}" of <phoneme>`, `it takes ${phonemes.join(", ") || "no phonemes"}`);
  }
  if (name === "speak") return;
  const taken = Object.hasOwn(ssmlElements, name) ? ssmlElements[name]! : undefined;
  if (!taken) {
    throw refuse(
      `<${name}>`,
      `leave it out, or choose another voice; it takes ${Object.keys(ssmlElements).join(", ")}`,
    );
  }
  for (const [attribute, value] of Object.entries(attributes)) {
    const values = Object.hasOwn(taken, attribute) ? taken[attribute]! : undefined;
    if (!values) throw refuse(`${attribute} of <${name}>`, "leave the attribute out, or choose another voice");
    if (values !== true && !values.includes(value)) {
      throw refuse(`${attribute}="${shortened(value)}" of <${name}>`, `it takes ${values.join(", ")}`);
    }
  }
}

/**
 * Runs a check of a document that was made from the user's, and says in a refusal where that is in the user's.
 * @param check throws an AppError with the `column` of the made document, which is one line
 * @param elementAt the user's element at an offset of the made document
 */
export function placed(check: () => void, voiceId: string, elementAt: (offset: number) => SsmlElement): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof AppError) || typeof error.details?.column !== "number") throw error;
    const element = elementAt(error.details.column - 1);
    throw unsupported(element, voiceId, error.message, error.hint ?? "choose another voice");
  }
}
