import type { Toolset } from "../src/config.ts";
import estimateCost from "./account/estimate-cost.ts";
import getUsage from "./account/get-usage.ts";
import generateSpeech from "./generation/generate-speech.ts";
import getAudioLink from "./generation/get-audio-link.ts";
import getJobStatus from "./generation/get-job-status.ts";
import searchVoices from "./generation/search-voices.ts";
import deleteJobAudio from "./jobs/delete-job-audio.ts";
import getJobText from "./jobs/get-job-text.ts";
import listJobs from "./jobs/list-jobs.ts";
import updateJobMetadata from "./jobs/update-job-metadata.ts";
import createTag from "./library/create-tag.ts";
import deleteTag from "./library/delete-tag.ts";
import listBookmarks from "./library/list-bookmarks.ts";
import listCollections from "./library/list-collections.ts";
import listTags from "./library/list-tags.ts";
import manageCollection from "./library/manage-collection.ts";
import tagJobs from "./library/tag-jobs.ts";
import toggleBookmark from "./library/toggle-bookmark.ts";
import bulkDeleteAudio from "./storage/bulk-delete-audio.ts";
import getStorageUsage from "./storage/get-storage-usage.ts";
import type { Tool } from "./tool.ts";

/** Every tool, in the order clients show them. Names are unique. */
export const tools: readonly Tool[] = [
  searchVoices,
  generateSpeech,
  getJobStatus,
  getAudioLink,
  listJobs,
  getJobText,
  updateJobMetadata,
  deleteJobAudio,
  listCollections,
  manageCollection,
  listTags,
  createTag,
  deleteTag,
  tagJobs,
  listBookmarks,
  toggleBookmark,
  getStorageUsage,
  bulkDeleteAudio,
  getUsage,
  estimateCost,
];

/** The tools of the groups that AITTSM_TOOLSETS lets in. */
export function selectTools(toolsets: readonly Toolset[]): readonly Tool[] {
  return tools.filter((tool) => toolsets.includes(tool.group));
}
