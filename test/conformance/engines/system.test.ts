import { describe, it } from "vitest";
import type { EngineVoice } from "../../../src/engines/engine.ts";
import { SystemEngine, systemEntry } from "../../../src/engines/system/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { describeEngine } from "./suite.ts";

/** Languages of several families and scripts, with what their voices are to say. */
const SENTENCES: Readonly<Record<string, string>> = {
  "system:en-US-Espeak-EnglishAmerica": "The birch canoe slid on the smooth planks.",
  "system:en-GB-Espeak-EnglishGreatBritainFemale": "The birch canoe slid on the smooth planks.",
  "system:de-DE-Espeak-German": "Der Zug an die Küste fährt um halb zehn ab, und wir müssen noch Fahrkarten kaufen.",
  "system:es-ES-Espeak-SpanishSpain": "El tren a la costa sale a las nueve y media, y nos faltan los billetes.",
  "system:fr-FR-Espeak-FrenchFrance": "Le train pour la côte part à neuf heures et demie, il nous faut des billets.",
  "system:ru-RU-Espeak-Russian": "Поезд к морю отправляется в половине десятого, а нам ещё нужно купить билеты.",
  "system:hi-IN-Espeak-Hindi": "तट की ओर जाने वाली ट्रेन साढ़े नौ बजे छूटती है, और हमें अभी भी टिकट खरीदने हैं।",
  "system:zh-CN-Espeak-ChineseMandarinLatinAsEnglish": "去海边的火车九点半开，我们还得买票，请快一点。",
  "system:vi-VN-Espeak-VietnameseNorthern": "Chuyến tàu ra bờ biển khởi hành lúc chín giờ rưỡi, chúng ta phải mua vé.",
  "system:ja-JP-Espeak-Japanese": "かいがんゆきのでんしゃはくじはんにでます。まだきっぷをかわなければなりません。",
};

const context = emptyContext();
const status = await new SystemEngine(context).status();

if (status.available) {
  await describeEngine({
    entry: systemEntry,
    context,
    speech: true,
    tries: ({ voiceId }) => voiceId in SENTENCES,
    sentence: ({ voiceId }: EngineVoice) => SENTENCES[voiceId]!,
  });
} else {
  describe("the engine system", () => {
    it.skip(`needs espeak-ng: ${status.hint}`, () => {});
  });
}
