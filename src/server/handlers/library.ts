import type { CollectionService } from "../../service/collections.ts";
import type { JobRecords } from "../../service/job-records.ts";
import type { TagService } from "../../service/tags.ts";
import type { Handlers } from "./handler.ts";

type LibraryHandlers = Pick<
  Handlers,
  | "listCollections"
  | "createCollection"
  | "updateCollection"
  | "deleteCollection"
  | "addToCollection"
  | "removeFromCollection"
  | "listTags"
  | "createTag"
  | "deleteTag"
  | "tagJobs"
  | "listBookmarks"
  | "setBookmark"
>;

interface Library {
  collections: CollectionService;
  tags: TagService;
  records: JobRecords;
}

export function libraryHandlers({ collections, tags, records }: Library): LibraryHandlers {
  return {
    listCollections: async (input, { principal }) => ({ output: await collections.list(principal.accountId, input) }),
    createCollection: async (input, { principal }) => ({
      output: await collections.create(principal.accountId, input),
    }),
    updateCollection: async ({ collectionId, ...input }, { principal }) => ({
      output: await collections.update(principal.accountId, collectionId, input),
    }),
    deleteCollection: async ({ collectionId, dryRun = false }, { principal }) => ({
      output: await collections.delete(principal.accountId, collectionId, dryRun),
    }),
    addToCollection: async ({ collectionId, jobIds }, { principal }) => ({
      output: await collections.addJobs(principal.accountId, collectionId, jobIds),
    }),
    removeFromCollection: async ({ collectionId, jobIds }, { principal }) => ({
      output: await collections.removeJobs(principal.accountId, collectionId, jobIds),
    }),
    listTags: async (input, { principal }) => ({ output: await tags.list(principal.accountId, input) }),
    createTag: async ({ tag, color }, { principal }) => {
      const made = await tags.create(principal.accountId, tag, color);
      return { output: made.tag, status: made.created ? 201 : 200 };
    },
    deleteTag: async ({ tag, dryRun = false }, { principal }) => ({
      output: await tags.delete(principal.accountId, tag, dryRun),
    }),
    tagJobs: async ({ jobIds, add = [], remove = [] }, { principal }) => ({
      output: { updated: await tags.tagJobs(principal.accountId, jobIds, add, remove) },
    }),
    listBookmarks: async (page, { principal }) => ({
      output: await records.list(principal.accountId, { ...page, bookmarked: true }),
    }),
    setBookmark: async ({ jobId, bookmarked }, { principal }) => ({
      output: await records.bookmark(principal.accountId, jobId, bookmarked),
    }),
  };
}
