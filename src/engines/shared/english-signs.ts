/**
 * What English calls signs that are no ASCII: for the normaliser, which writes them out, and for engines, which say
 * before a job what can't be spoken.
 */
export const ENGLISH_SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      "£": "pounds",
      "€": "euros",
      "¥": "yen",
      "¢": "cents",
      "₹": "rupees",
      "₩": "won",
      "₽": "rubles",
      "₿": "bitcoin",
    },
    ...{ "₺": "lira", "₴": "hryvnias", "₪": "shekels", "₫": "dong", "₱": "pesos", "฿": "baht", "₦": "naira" },
    ...{
      "°": "degrees",
      "×": "times",
      "÷": "divided by",
      "±": "plus or minus",
      "≈": "about",
      "≤": "less than or equal to",
    },
    ...{ "≥": "greater than or equal to", "≠": "not equal to", "≡": "equals", "∞": "infinity", "√": "square root of" },
    ...{ "∑": "sum", "∏": "product", "∫": "integral", "∂": "partial", "∆": "delta", "∈": "in", "∴": "therefore" },
    ...{ "‰": "per mille", "⋅": "times", "§": "section", "¶": "paragraph", "©": "copyright", "№": "number" },
    ...{ "→": "to", "←": "from", "⇒": "implies", "↔": "and", "↑": "up", "↓": "down", "✓": "check", "✔": "check" },
    ...{ "¦": "bar", "¬": "not", "℃": "degrees Celsius", "℉": "degrees Fahrenheit" },
  }),
);
