/**
 * What a voice says of itself, by language; `*` is its name. The wording fits speakers of any gender. Keys are BCP-47
 * languages, with a region or script where it matters.
 */
const SENTENCES: Readonly<Record<string, string>> = {
  ar: "مرحبًا، اسمي *. هكذا يبدو صوتي عندما أقرأ لكم.",
  bg: "Здравейте, казвам се *. Така звучи гласът ми, когато ви чета.",
  bn: "নমস্কার, আমার নাম *। পড়ার সময় আমার কণ্ঠ এমন শোনায়।",
  ca: "Hola, em dic *. Així sona la meva veu quan llegeixo per a tu.",
  cs: "Dobrý den, jmenuji se *. Takhle zní můj hlas, když vám čtu.",
  da: "Hej, jeg hedder *. Sådan lyder jeg, når jeg læser op for dig.",
  de: "Hallo, ich heiße *. So klinge ich, wenn ich Ihnen etwas vorlese.",
  el: "Γεια σας, με λένε *. Έτσι ακούγεται η φωνή μου όταν σας διαβάζω.",
  en: "Hello, my name is *. This is how I sound when I read to you.",
  es: "Hola, me llamo *. Así suena mi voz cuando te leo algo.",
  et: "Tere, minu nimi on *. Nii kõlab minu hääl, kui ma teile ette loen.",
  fa: "سلام، اسم من * است. وقتی برای شما می‌خوانم، صدایم این‌طور است.",
  fi: "Hei, nimeni on *. Tältä kuulostan, kun luen sinulle.",
  fr: "Bonjour, je m'appelle *. Voici comment sonne ma voix quand je vous fais la lecture.",
  he: "שלום, שמי *. כך נשמע הקול שלי בהקראה.",
  hi: "नमस्ते, मेरा नाम * है। पढ़ते समय मेरी आवाज़ ऐसी सुनाई देती है।",
  hr: "Dobar dan, zovem se *. Ovako zvuči moj glas dok vam čitam.",
  hu: "Jó napot, a nevem *. Így szól a hangom, amikor felolvasok.",
  id: "Halo, nama saya *. Seperti inilah suara saya saat membaca untuk Anda.",
  is: "Halló, ég heiti *. Svona hljóma ég þegar ég les fyrir þig.",
  it: "Ciao, mi chiamo *. Ecco come suona la mia voce quando leggo per te.",
  ja: "こんにちは、*です。文章を読むときは、このような声になります。",
  ko: "안녕하세요, 제 이름은 *입니다. 제가 글을 읽으면 이런 목소리로 들립니다.",
  lt: "Sveiki, mano vardas *. Taip skamba mano balsas, kai skaitau.",
  lv: "Sveiki, mani sauc *. Šādi skan mana balss, kad es lasu.",
  ms: "Helo, nama saya *. Beginilah suara saya apabila saya membaca untuk anda.",
  nb: "Hei, jeg heter *. Slik høres jeg ut når jeg leser for deg.",
  nl: "Hallo, ik heet *. Zo klink ik als ik je iets voorlees.",
  pl: "Dzień dobry, mam na imię *. Tak brzmi mój głos, gdy czytam.",
  pt: "Olá, o meu nome é *. É assim que a minha voz soa quando leio em voz alta.",
  ro: "Bună ziua, mă numesc *. Așa sună vocea mea când vă citesc.",
  ru: "Здравствуйте, меня зовут *. Так звучит мой голос, когда я читаю вслух.",
  sk: "Dobrý deň, volám sa *. Takto znie môj hlas, keď vám čítam.",
  sl: "Pozdravljeni, ime mi je *. Tako zveni moj glas, ko vam berem.",
  sv: "Hej, jag heter *. Så här låter jag när jag läser för dig.",
  sw: "Habari, jina langu ni *. Hivi ndivyo sauti yangu inavyosikika ninapokusomea.",
  ta: "வணக்கம், என் பெயர் *. நான் வாசிக்கும்போது என் குரல் இப்படித்தான் ஒலிக்கும்.",
  te: "నమస్కారం, నా పేరు *. నేను చదివేటప్పుడు నా గొంతు ఇలా వినిపిస్తుంది.",
  th: "สวัสดี ฉันชื่อ * นี่คือเสียงของฉันเวลาอ่านให้คุณฟัง",
  tr: "Merhaba, benim adım *. Sesli okurken sesim böyle duyuluyor.",
  uk: "Вітаю, мене звати *. Так звучить мій голос, коли я читаю вголос.",
  ur: "السلام علیکم، میرا نام * ہے۔ پڑھتے وقت میری آواز ایسی سنائی دیتی ہے۔",
  vi: "Xin chào, tôi tên là *. Đây là giọng của tôi khi đọc cho bạn nghe.",
  yue: "你好，我叫*。我朗讀嘅時候就係呢把聲。",
  zh: "你好，我叫*。这就是我朗读时的声音。",
  "zh-TW": "你好，我叫*。這就是我朗讀時的聲音。",
};

/** Other names of the same languages. */
const ALIASES: Readonly<Record<string, string>> = {
  cmn: "zh",
  "cmn-TW": "zh-TW",
  "zh-HK": "yue",
  arb: "ar",
  no: "nb",
  nn: "nb",
};

/** Languages with a sentence of their own. */
export const SAMPLE_LANGUAGES: readonly string[] = Object.keys(SENTENCES);

/** A short true sentence in the voice's own language, or in English where there is none in it yet. */
export function sampleSentence({ language, name }: { language: string; name: string }): string {
  const bare = language.split("-")[0]!;
  const known = [language, ALIASES[language], bare, ALIASES[bare], "en"].find(
    (tag) => tag !== undefined && Object.hasOwn(SENTENCES, tag),
  )!;
  return SENTENCES[known]!.replace("*", () => name);
}
