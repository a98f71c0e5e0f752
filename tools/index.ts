import type { Toolset } from "../src/config.ts";
import generateSpeech from "./generation/generate-speech.ts";
import getAudioLink from "./generation/get-audio-link.ts";
import getJobStatus from "./generation/get-job-status.ts";
import searchVoices from "./generation/search-voices.ts";
import type { Tool } from "./tool.ts";

/** Every tool, in the order clients show them. Names are unique. */
export const tools: readonly Tool[] = [searchVoices, generateSpeech, getJobStatus, getAudioLink];

/** The tools of the groups that AITTSM_TOOLSETS lets in. */
export function selectTools(toolsets: readonly Toolset[]): readonly Tool[] {
  return tools.filter((tool) => toolsets.includes(tool.group));
}
