const SPEAKABLE = /[\p{L}\p{N}\p{Sc}\p{Sm}\p{Extended_Pictographic}]/u;

/** Whether there is anything in a text that a voice could say: providers answer mere marks with an error or nothing. */
export const isSpeakable = (text: string): boolean => SPEAKABLE.test(text);

/** What JSON, XML and UTF-8 can carry: control characters become spaces, halves of characters U+FFFD. Length stays. */
export function carriable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ")
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
  );
}
