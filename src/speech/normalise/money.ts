import { matchAt, pattern, type Reading, type Said, type Source, SPACE } from "./reading.ts";
import { perAfter } from "./units.ts";
import { sayCardinal, sayNumber } from "./words.ts";

/** A currency's names; the minor unit is a hundredth. */
interface Currency {
  one: string;
  many: string;
  minor?: readonly [one: string, many: string];
}

const CENT = ["cent", "cents"] as const;
const dollars = (which: string): Currency => ({
  one: `${which}dollar`,
  many: `${which}dollars`,
  minor: CENT,
});
const unchanged = (name: string): Currency => ({ one: name, many: name });
const plain = (name: string, minor?: readonly [string, string]): Currency => ({
  one: name,
  many: `${name}s`,
  ...(minor && { minor }),
});
const EURO = plain("euro", CENT);
const POUND = plain("pound", ["penny", "pence"]);
const YEN = unchanged("yen");
const RUPEE = plain("rupee", ["paisa", "paise"]);
const CROWN_MINOR = ["ore", "ore"] as const;

const BY_SIGN: Record<string, Currency> = {
  ...{
    $: dollars(""),
    US$: dollars("U S "),
    USD$: dollars("U S "),
    C$: dollars("Canadian "),
    CA$: dollars("Canadian "),
  },
  ...{
    A$: dollars("Australian "),
    AU$: dollars("Australian "),
    NZ$: dollars("New Zealand "),
    HK$: dollars("Hong Kong "),
  },
  ...{ S$: dollars("Singapore "), R$: { one: "real", many: "reais" }, MX$: plain("Mexican peso") },
  ...{
    "£": POUND,
    "€": EURO,
    "¥": YEN,
    "₹": RUPEE,
    "₩": unchanged("won"),
    "₽": plain("ruble"),
    "₺": unchanged("lira"),
  },
  ...{ "₴": plain("hryvnia"), "₪": plain("shekel"), "₫": unchanged("dong"), "₿": plain("bitcoin"), "₱": plain("peso") },
  ...{ "฿": unchanged("baht"), "₦": unchanged("naira") },
};

const BY_CODE: Record<string, Currency> = {
  ...{ USD: dollars("U S "), CAD: dollars("Canadian "), AUD: dollars("Australian "), NZD: dollars("New Zealand ") },
  ...{ HKD: dollars("Hong Kong "), SGD: dollars("Singapore "), EUR: EURO, GBP: POUND, JPY: YEN, INR: RUPEE },
  ...{
    CHF: plain("Swiss franc"),
    CNY: unchanged("yuan"),
    RMB: unchanged("yuan"),
    KRW: unchanged("won"),
    BTC: plain("bitcoin"),
  },
  ...{ SEK: { one: "Swedish krona", many: "Swedish kronor", minor: CROWN_MINOR }, MXN: plain("Mexican peso") },
  ...{ NOK: { one: "Norwegian krone", many: "Norwegian kroner", minor: CROWN_MINOR }, RUB: plain("ruble") },
  ...{ DKK: { one: "Danish krone", many: "Danish kroner", minor: CROWN_MINOR }, BRL: { one: "real", many: "reais" } },
  ...{ ZAR: unchanged("rand"), TRY: unchanged("lira"), PLN: { one: "zloty", many: "zlotys" }, ILS: plain("shekel") },
  ...{ CZK: { one: "Czech crown", many: "Czech crowns" }, HUF: unchanged("forint"), THB: unchanged("baht") },
};

const NUMBER = "(?:\\d{1,3}(?:,\\d{3}){1,20}(?!\\d)|\\d{1,15}(?!\\d))(?:\\.\\d{1,15}(?!\\d))?(?!\\.?\\d|,\\d)";
const SCALES: Record<string, string> = {
  ...{ k: "thousand", K: "thousand", m: "million", M: "million", mn: "million", mm: "million", MM: "million" },
  ...{ b: "billion", B: "billion", bn: "billion", Bn: "billion", t: "trillion", T: "trillion", tn: "trillion" },
};
const SCALE = `(?:(?:${SPACE}|-)?(thousand|million|billion|trillion)(?!\\p{L})|${SPACE}?(${Object.keys(SCALES)
  .sort((a, b) => b.length - a.length)
  .join("|")})(?![\\p{L}\\d]))`;
const SIGN = Object.keys(BY_SIGN)
  .sort((a, b) => b.length - a.length)
  .map((sign) => sign.replace("$", "\\$"))
  .join("|");
const CODE = Object.keys(BY_CODE).join("|");
const SIGNED = pattern(
  `([-−])?(${SIGN}|(?:${CODE})(?=${SPACE}?\\d))${SPACE}?([-−])?(${NUMBER})(?:${SPACE}?[-–]${SPACE}?(?:${SIGN})?(${NUMBER}))?(?:${SCALE})?`,
  "u",
);
const AFTER = pattern(
  `(?:${SPACE}?(thousand|million|billion|trillion))?(?:${SPACE}?(${CODE})(?![\\p{L}\\d])|${SPACE}?([€£¥₹₩₽₺₴₪₫₿])(?!\\d)|(\\$)(?![\\d\\p{L}])|${SPACE}?(¢))`,
  "u",
);

/** What an amount is made of, as it is written. */
export interface Amount {
  number: string;
  /** The end of a span: "$5–10". */
  until?: string | undefined;
  scale?: string | undefined;
  negative?: boolean;
}

/** The currency of a sign ("$", "US$", "€") or an ISO 4217 code, or undefined. */
export function currencyOf(name: string): Currency | undefined {
  // Own members only: the name comes from a text.
  if (Object.hasOwn(BY_SIGN, name)) return BY_SIGN[name];
  return Object.hasOwn(BY_CODE, name) ? BY_CODE[name] : undefined;
}

/** "five dollars and fifty cents", "two point five million euros", "five to ten pounds". */
export function sayAmount({ number, until, scale, negative }: Amount, currency: Currency, british: boolean): string {
  return `${negative ? "minus " : ""}${sayPositive(number, until, scale, currency, british)}`;
}

function sayPositive(
  number: string,
  until: string | undefined,
  scale: string | undefined,
  { one, many, minor }: Currency,
  british: boolean,
): string {
  const [whole = "", fraction = ""] = number.split(".");
  if (until || scale || !minor || (fraction.length !== 2 && fraction !== "")) {
    const single = whole === "1" && !fraction && !scale && !until;
    const said = [sayNumber(number, british), until && `to ${sayNumber(until, british)}`, scale, single ? one : many];
    return said.filter(Boolean).join(" ");
  }
  const major = `${sayCardinal(whole, british)} ${whole === "1" ? one : many}`;
  const cents = Number(fraction);
  if (cents === 0) return major;
  const rest = `${sayCardinal(String(cents), british)} ${cents === 1 ? minor[0] : minor[1]}`;
  return Number(whole) === 0 ? rest : `${major} and ${rest}`;
}

/** Money with its sign or code in front: "$5.50", "-$5", "US$5", "€1,000", "$1.2B", "$5/month", "USD 5". */
export function moneyAt({ text, british }: Source, at: number): Reading | undefined {
  const match = matchAt(SIGNED, text, at);
  if (!match) return undefined;
  const [all, minus, sign, inner, number, until, scale, short] = match;
  const amount = {
    ...{ number: number!, until, scale: scale ?? (short && SCALES[short]) },
    negative: minus !== undefined || inner !== undefined,
  };
  const end = at + all.length;
  const rest = perAfter(text, end);
  const words = sayAmount(amount, currencyOf(sign!)!, british);
  return { start: at, end: rest?.end ?? end, words: `${words}${rest?.words ?? ""}` };
}

/** The currency after a number that ends at `at`: "5 USD", "5€", "5 million GBP", "50¢". */
export function moneyAfter(text: string, at: number, amount: Amount, british: boolean): Said | undefined {
  const match = matchAt(AFTER, text, at);
  if (!match) return undefined;
  const [all, scale, code, sign, dollar, cent] = match;
  const end = at + all.length;
  const rest = perAfter(text, end);
  const currency = cent ? plain("cent") : currencyOf((code ?? sign ?? dollar)!)!;
  const words = sayAmount({ ...amount, scale }, currency, british);
  return { end: rest?.end ?? end, words: `${words}${rest?.words ?? ""}` };
}
