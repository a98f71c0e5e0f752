import { pollyEntry } from "../../../src/engines/polly/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { FakePolly } from "../../support/fake-polly.ts";
import { describeEngine } from "./suite.ts";

// Of each engine of Polly's one, and one of a voice's second language.
const TRIED = ["en-US-Generative-Joanna", "en-US-Neural-Kevin", "en-US-LongForm-Danielle", "hi-IN-Standard-Aditi"].map(
  (name) => `polly:${name}`,
);

const polly = await FakePolly.start();

await describeEngine({
  entry: pollyEntry,
  context: emptyContext({ variables: polly.variables }),
  tries: ({ voiceId }) => TRIED.includes(voiceId),
  speech: false,
});
