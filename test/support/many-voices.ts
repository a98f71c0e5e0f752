import type { EngineVoice } from "../../src/engines/engine.ts";
import { MADE_UP_CAPABILITIES, MadeUpEngine, madeUpVoice } from "./made-up-engines.ts";

const LANGUAGES =
  `en-US en-GB en-AU en-IN de-DE de-AT fr-FR fr-CA es-ES es-MX it-IT pt-BR pt-PT nl-NL nl-BE sv-SE da-DK nb-NO fi-FI
  pl-PL cs-CZ sk-SK hu-HU ro-RO bg-BG hr-HR sl-SI el-GR tr-TR ru-RU uk-UA ar-XA he-IL hi-IN bn-IN ta-IN te-IN ja-JP ko-KR
  cmn-CN cmn-TW yue-HK th-TH vi-VN id-ID ms-MY fil-PH ca-ES is-IS lv-LV lt-LT et-EE`.split(/\s+/);
const NAMES =
  `Anna Ben Carla David Elena Felix Greta Hugo Ines Jonas Kira Leo Mila Noah Olga Paul Quinn Rosa Samir Tara Uwe
  Vera Willem Xenia Yusuf Zoe Achernar Aoede Kore Puck Charon`.split(/\s+/);
const FAMILIES = ["Standard", "Wavenet", "Neural2", "Chirp3HD", "Studio", "Neural", "Generative"];
const PROVIDERS = ["google", "polly", "system"];
/** What tests look for, each once. */
const KNOWN = [
  madeUpVoice("polly:en-GB-Neural-Brian", { gender: "male", rank: 30 }),
  madeUpVoice("polly:pt-PT-Neural-José", { gender: "male" }),
  madeUpVoice("polly:en-US-Neural-Ivy", { modelType: "ultra" }),
];

/** A catalogue as of several large providers, the same at every call. */
export function manyVoices(count: number): EngineVoice[] {
  const made = Array.from({ length: count - KNOWN.length }, (_, i) => {
    const language = LANGUAGES[i % LANGUAGES.length]!;
    const family = FAMILIES[i % FAMILIES.length]!;
    const provider = PROVIDERS[i % PROVIDERS.length]!;
    const name = `${NAMES[i % NAMES.length]}${i}`;
    return madeUpVoice(`${provider}:${language}-${family}-${name}`, {
      gender: Math.floor(i / LANGUAGES.length) % 2 === 0 ? "female" : "male",
      modelType: i % 5 === 0 ? "ultra" : "premium",
      rank: i % 40,
    });
  });
  // As they come out of the cache: strings of their own, not parts of ids.
  return JSON.parse(JSON.stringify([...made, ...KNOWN]));
}

/** The same voices as engines, one a provider; half of the voices take a bitrate. */
export function manyEngines(voices: readonly EngineVoice[]): MadeUpEngine[] {
  const withBitrate = new Set(voices.flatMap(({ voiceId }, i) => (i % 2 === 0 ? [voiceId] : [])));
  return PROVIDERS.map((id) => {
    const own = voices.filter(({ provider }) => provider === id);
    const engine = new MadeUpEngine(id, own, { local: id === "system" });
    engine.can = (voiceId) => ({ ...MADE_UP_CAPABILITIES, bitrate: withBitrate.has(voiceId) });
    return engine;
  });
}
