import { listAccessCodes } from "../../src/contract/access-codes.ts";
import { codeLine } from "../code-lines.ts";
import { pageText } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listAccessCodes, {
  name: "list_access_codes",
  title: "List access codes",
  group: "access-codes",
  effect: "read",
  description: "List a share's access codes, oldest first, with how often each was used.",
  text: (answer) => pageText(answer.codes.map(codeLine), answer, "code"),
});
