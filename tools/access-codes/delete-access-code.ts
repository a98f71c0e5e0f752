import { deleteAccessCode } from "../../src/contract/access-codes.ts";
import { destroyTool } from "../destroy-tool.ts";

export default destroyTool(deleteAccessCode, {
  name: "delete_access_code",
  title: "Delete an access code",
  group: "access-codes",
  description: "Delete an access code; who came in by it is shut out. update_access_code can switch it off instead.",
  text: ({ code_id, label, uses }, would) =>
    `Access code ${code_id}${label ? ` "${label}"` : ""}, used ${uses}×, ${would ? "would be " : ""}deleted.`,
});
