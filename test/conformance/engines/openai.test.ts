import { openaiEntry } from "../../../src/engines/openai/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { startFakeOpenAi } from "../../support/fake-openai.ts";
import { describeEngine } from "./suite.ts";

const fake = await startFakeOpenAi({ apiKey: "sk-test" });

await describeEngine({
  entry: openaiEntry,
  context: emptyContext({ variables: { OPENAI_BASE_URL: fake.baseUrl, OPENAI_API_KEY: "sk-test" } }),
  // What it says is up to the server.
  speech: false,
});
