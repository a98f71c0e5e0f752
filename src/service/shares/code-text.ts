import { randomInt } from "node:crypto";

/** Without 0 and O, 1, I and L, and without U: what is read aloud or copied by hand is not misread. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 30^10 is 49 bits; with the limits on guessing, 40 would do. */
const LENGTH = 10;
const GROUP = 5;

/** A new code as people see it: two groups of five. */
export function newCode(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return `${letters.slice(0, GROUP)}-${letters.slice(GROUP)}`;
}

/** A code as it is compared: people leave out the hyphen, add spaces and write small letters. */
export const comparable = (typed: string) => typed.toUpperCase().replace(/[\s\p{Pd}]/gu, "");
