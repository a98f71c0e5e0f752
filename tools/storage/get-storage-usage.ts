import { getStorage } from "../../src/contract/storage.ts";
import { count } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(getStorage, {
  name: "get_storage_usage",
  title: "Get storage usage",
  group: "storage",
  effect: "read",
  description:
    "Read how many bytes and files of audio are kept, in all and by group. Call bulk_delete_audio to free some.",
  text: ({ bytes_used, bytes_limit, files, groups = [] }) =>
    [
      `${bytes_used} bytes${bytes_limit === undefined ? "" : ` of ${bytes_limit}`} in ${count(files, "file")}.`,
      ...groups.map(
        (one) => `- ${one.group}${one.name ? ` "${one.name}"` : ""}: ${one.bytes} bytes in ${count(one.files, "file")}`,
      ),
    ].join("\n"),
});
