import { tools } from "../../tools/index.ts";

/** Every tool's name, in the order clients show them. */
export const TOOL_NAMES = tools.map((tool) => tool.name);
