import { kokoroEntry } from "../../../src/engines/kokoro/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { installKokoroModel } from "../../support/kokoro-model.ts";
import { describeEngine } from "./suite.ts";

/** A voice of each language that is read in a way of its own, with what it is to say. */
const SENTENCES: Readonly<Record<string, string>> = {
  "kokoro:en-US-Kokoro-Bella": "The birch canoe slid on the smooth planks.",
  "kokoro:en-GB-Kokoro-George": "The birch canoe slid on the smooth planks.",
  "kokoro:fr-FR-Kokoro-Siwis": "Le train pour la côte part à neuf heures et demie.",
  "kokoro:hi-IN-Kokoro-Alpha": "तट की ओर जाने वाली ट्रेन साढ़े नौ बजे छूटती है।",
  "kokoro:ja-JP-Kokoro-Kumo": "かいがんゆきのでんしゃはくじはんにでます。",
};

const modelDir = temporaryFolder();
installKokoroModel(modelDir);

await describeEngine({
  entry: kokoroEntry,
  context: emptyContext({ modelDir }),
  tries: ({ voiceId }) => voiceId in SENTENCES,
  sentence: ({ voiceId }) => SENTENCES[voiceId]!,
  // The runtime is the real one, the model makes tones.
  speech: false,
});
