import type { Toolset } from "../src/config.ts";
import createAccessCodes from "./access-codes/create-access-codes.ts";
import deleteAccessCode from "./access-codes/delete-access-code.ts";
import exportAccessCodes from "./access-codes/export-access-codes.ts";
import getQrCode from "./access-codes/get-qr-code.ts";
import listAccessCodes from "./access-codes/list-access-codes.ts";
import updateAccessCode from "./access-codes/update-access-code.ts";
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
import bulkRevokeShares from "./shares/bulk-revoke-shares.ts";
import createShare from "./shares/create-share.ts";
import getShare from "./shares/get-share.ts";
import listShares from "./shares/list-shares.ts";
import revokeShare from "./shares/revoke-share.ts";
import toggleSharePermanent from "./shares/toggle-share-permanent.ts";
import updateShare from "./shares/update-share.ts";
import updateTrackOrder from "./shares/update-track-order.ts";
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
  createShare,
  listShares,
  getShare,
  updateShare,
  revokeShare,
  bulkRevokeShares,
  toggleSharePermanent,
  updateTrackOrder,
  createAccessCodes,
  listAccessCodes,
  updateAccessCode,
  deleteAccessCode,
  exportAccessCodes,
  getQrCode,
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
