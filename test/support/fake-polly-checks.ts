/** What the fake of Amazon Polly knows of voices, and how it judges requests: as the API's reference and guide say. */

export interface FakeVoice {
  Id: string;
  Name: string;
  Gender: "Female" | "Male";
  LanguageCode: string;
  LanguageName: string;
  SupportedEngines: string[];
  AdditionalLanguageCodes?: string[];
}

type Gender = FakeVoice["Gender"];
const voice = (Id: string, Gender: Gender, LanguageCode: string, engines: string, more?: string): FakeVoice => ({
  Id,
  Name: Id,
  Gender,
  LanguageCode,
  LanguageName: LanguageCode,
  SupportedEngines: engines.split(" "),
  ...(more && { AdditionalLanguageCodes: [more] }),
});

export const POLLY_VOICES: FakeVoice[] = [
  voice("Joanna", "Female", "en-US", "neural standard generative"),
  voice("Matthew", "Male", "en-US", "neural standard generative"),
  voice("Danielle", "Female", "en-US", "neural long-form generative"),
  voice("Kevin", "Male", "en-US", "neural"),
  voice("Kajal", "Female", "en-IN", "neural generative", "hi-IN"),
  voice("Aditi", "Female", "en-IN", "standard", "hi-IN"),
  voice("Geraint", "Male", "en-GB-WLS", "standard"),
  voice("Zeina", "Female", "arb", "standard"),
  voice("Zhiyu", "Female", "cmn-CN", "neural standard"),
  { ...voice("Celine", "Female", "fr-FR", "standard"), Name: "Céline" },
  // Of a kind that this program does not know.
  voice("Nova", "Female", "en-US", "clairvoyant"),
];

/** A refusal: Polly's name for it, its words and the HTTP status. */
export class Refused extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

const invalid = (message: string) => new Refused("ValidationException", `1 validation error detected: ${message}`);
const FIELDS = ["Engine", "LanguageCode", "OutputFormat", "SampleRate", "Text", "TextType", "VoiceId"];
const MAX_BILLED = 3_000;
const MAX_TOTAL = 6_000;

/** Throws Refused for what is wrong with the body of a request for speech. Gives the text that is to be heard. */
export function judge(body: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(body)) {
    if (!FIELDS.includes(name)) throw new Refused("SerializationException", `Unknown field ${name}`);
    if (typeof value !== "string") throw new Refused("SerializationException", `${name} is no string`);
  }
  const { Engine, LanguageCode, OutputFormat, SampleRate, Text, TextType, VoiceId } = body as Record<string, string>;
  if (!Text) throw invalid("Value null at 'text' failed to satisfy constraint: Member must not be null");
  if (/\p{Cs}/u.test(Text)) throw invalid("'text' is not UTF-8");
  const found = POLLY_VOICES.find(({ Id }) => Id === VoiceId);
  if (!found) throw invalid(`Value '${VoiceId}' at 'voiceId' failed to satisfy constraint: Member must satisfy enum`);
  if (!found.SupportedEngines.includes(Engine ?? "standard")) {
    throw new Refused("EngineNotSupportedException", `This voice does not support the selected engine: ${Engine}`);
  }
  const languages = [found.LanguageCode, ...(found.AdditionalLanguageCodes ?? [])];
  if (LanguageCode !== undefined && !languages.includes(LanguageCode)) {
    throw new Refused("LanguageNotSupportedException", `This voice does not support the language: ${LanguageCode}`);
  }
  if (OutputFormat !== "pcm") throw invalid("'outputFormat': this fake speaks PCM only");
  if (!["8000", "16000"].includes(SampleRate ?? "16000")) {
    throw new Refused("InvalidSampleRateException", "The specified sample rate is not valid.");
  }
  if (!["text", "ssml"].includes(TextType ?? "text")) throw invalid("Value at 'textType' must satisfy enum");
  const heard = TextType === "ssml" ? checkSsml(Text, Engine ?? "standard") : Text;
  if ([...Text].length > MAX_TOTAL || [...heard].length > MAX_BILLED) {
    throw new Refused("TextLengthExceededException", "Maximum text length has been exceeded");
  }
  return heard;
}

// The guide's table of tags, row by row; the attributes from the pages of the tags.
const ALL = ["standard", "neural", "long-form", "generative"];
const TAGS: Record<string, { engines: string[]; attributes: string[] }> = {
  speak: { engines: ALL, attributes: ["version", "xmlns", "xml:lang"] },
  break: { engines: ALL, attributes: ["time", "strength"] },
  emphasis: { engines: ["standard"], attributes: ["level"] },
  lang: { engines: ALL, attributes: ["xml:lang"] },
  mark: { engines: ALL, attributes: ["name"] },
  p: { engines: ALL, attributes: [] },
  phoneme: { engines: ["standard", "neural", "long-form"], attributes: ["alphabet", "ph"] },
  prosody: { engines: ALL, attributes: ["rate", "volume", "pitch"] },
  s: { engines: ALL, attributes: [] },
  "say-as": { engines: ALL, attributes: ["interpret-as", "format"] },
  sub: { engines: ALL, attributes: ["alias"] },
  w: { engines: ALL, attributes: ["role"] },
};

/** Well-formed, and of the engine's tags only. Gives the text without them. */
function checkSsml(ssml: string, engine: string): string {
  const refused = new Refused("InvalidSsmlException", "Invalid SSML request");
  const open: string[] = [];
  let heard = "";
  let rest = ssml.trim();
  if (!rest.startsWith("<speak")) throw refused;
  while (rest) {
    const [whole, slash, name, attributes = "", empty, text = ""] =
      /^<(\/?)([\w:-]+)((?:\s+[\w:-]+=(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|^([^<]+)/.exec(rest) ?? [];
    if (whole === undefined) throw refused;
    rest = rest.slice(whole.length);
    if (name === undefined) {
      if (/&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(text) || open.length === 0) throw refused;
      heard += text;
    } else if (slash) {
      if (open.pop() !== name) throw refused;
      if (open.length === 0 && rest) throw refused;
    } else {
      const tag = Object.hasOwn(TAGS, name) ? TAGS[name]! : undefined;
      const named = [...attributes.matchAll(/([\w:-]+)=/g)].map(([, attribute]) => attribute!);
      if (!tag?.engines.includes(engine) || named.some((one) => !tag.attributes.includes(one))) throw refused;
      if (engine !== "standard" && named.includes("pitch")) throw refused;
      if (!empty) open.push(name);
    }
  }
  if (open.length > 0) throw refused;
  return heard;
}
