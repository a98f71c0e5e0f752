import { createAccessCodes } from "../../src/contract/access-codes.ts";
import { codeLine } from "../code-lines.ts";
import { warningLines } from "../job-answer.ts";
import { count } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

/** As many as a model reads; the structured answer has them all. */
const MAX_SHOWN = 50;

export default operationTool(createAccessCodes, {
  name: "create_access_codes",
  title: "Create access codes",
  group: "access-codes",
  effect: "write",
  description:
    "Make codes that open a share whose access is code; max_uses 1 makes them single-use. " +
    "export_access_codes makes a file of them, get_qr_code a QR code with one in it.",
  text: ({ codes, warnings }) => {
    const more = codes.length > MAX_SHOWN ? [`- and ${codes.length - MAX_SHOWN} more (list_access_codes)`] : [];
    const lines = [...codes.slice(0, MAX_SHOWN).map(codeLine), ...more, ...warningLines(warnings)];
    return [`Made ${count(codes.length, "code")}:`, ...lines].join("\n");
  },
});
