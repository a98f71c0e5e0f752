import * as accessCodes from "./access-codes.ts";
import { estimateCost, getUsage } from "./account.ts";
import { deleteJobAudio, getJobText, listJobs, updateJob } from "./jobs.ts";
import * as library from "./library.ts";
import type { Operation } from "./operation.ts";
import { listProviders } from "./providers.ts";
import * as shares from "./shares.ts";
import { bulkDeleteAudio, getStorage } from "./storage.ts";
import { getSpeech, getSpeechAudio, streamSpeech, submitSpeech } from "./tts.ts";
import { getVoice, getVoiceSample, listVoices } from "./voices.ts";

/** Every operation of REST v1, by its name inside. Routes, client methods and the OpenAPI document come from here. */
export const contract = {
  submitSpeech,
  streamSpeech,
  getSpeech,
  getSpeechAudio,
  listVoices,
  getVoice,
  getVoiceSample,
  listProviders,
  listJobs,
  getJobText,
  updateJob,
  deleteJobAudio,
  createShare: shares.createShare,
  listShares: shares.listShares,
  getShare: shares.getShare,
  updateShare: shares.updateShare,
  revokeShare: shares.revokeShare,
  bulkRevokeShares: shares.bulkRevokeShares,
  setSharePermanent: shares.setSharePermanent,
  updateTrackOrder: shares.updateTrackOrder,
  createAccessCodes: accessCodes.createAccessCodes,
  listAccessCodes: accessCodes.listAccessCodes,
  updateAccessCode: accessCodes.updateAccessCode,
  deleteAccessCode: accessCodes.deleteAccessCode,
  exportAccessCodes: accessCodes.exportAccessCodes,
  getQrCode: accessCodes.getQrCode,
  listCollections: library.listCollections,
  createCollection: library.createCollection,
  updateCollection: library.updateCollection,
  deleteCollection: library.deleteCollection,
  addToCollection: library.addToCollection,
  removeFromCollection: library.removeFromCollection,
  listTags: library.listTags,
  createTag: library.createTag,
  deleteTag: library.deleteTag,
  tagJobs: library.tagJobs,
  listBookmarks: library.listBookmarks,
  setBookmark: library.setBookmark,
  getStorage,
  bulkDeleteAudio,
  getUsage,
  estimateCost,
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof contract;
