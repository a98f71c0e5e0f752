import type { StorageService } from "../../service/storage.ts";
import type { Handlers } from "./handler.ts";

export function storageHandlers(storage: StorageService): Pick<Handlers, "getStorage" | "bulkDeleteAudio"> {
  return {
    getStorage: async ({ groupBy }, { principal }) => ({ output: await storage.usage(principal.accountId, groupBy) }),
    bulkDeleteAudio: async (input, { principal }) => ({
      output: await storage.bulkDelete(principal.accountId, input),
    }),
  };
}
