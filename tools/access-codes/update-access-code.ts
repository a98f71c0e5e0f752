import { updateAccessCode } from "../../src/contract/access-codes.ts";
import { codeLine } from "../code-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(updateAccessCode, {
  name: "update_access_code",
  title: "Update an access code",
  group: "access-codes",
  effect: "write",
  description: "Change an access code's label, limit of uses or end, or switch it off and on; what is not sent stays.",
  text: codeLine,
});
