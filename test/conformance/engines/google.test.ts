import { googleEntry } from "../../../src/engines/google/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { FakeGoogle } from "../../support/fake-google.ts";
import { describeEngine } from "./suite.ts";

// Of each kind one: what differs between them is what a request may have.
const TRIED = ["Chirp3HD-Aoede", "ChirpHD-D", "Casual-K", "Studio-O", "Wavenet-A", "Gemini-Kore"].map(
  (name) => `google:en-US-${name}`,
);

const google = await FakeGoogle.start();

await describeEngine({
  entry: googleEntry,
  context: emptyContext({ variables: google.variables }),
  tries: ({ voiceId }) => TRIED.includes(voiceId),
  speech: false,
});
