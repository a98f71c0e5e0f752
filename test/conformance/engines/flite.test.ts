import { fliteEntry } from "../../../src/engines/flite/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { describeEngine } from "./suite.ts";

await describeEngine({ entry: fliteEntry, context: emptyContext(), speech: true });
