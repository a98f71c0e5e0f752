import type { OutputFormat } from "./encoders/encoder.ts";

/**
 * Loads the native code of a format's encoder in this thread, before a worker does. A library that only a worker thread
 * has loaded is unloaded when the thread ends, and @evan/opus 1.0.3 takes the process down with it (segmentation fault);
 * one that the main thread holds stays.
 */
export async function pinNativeCode(format: OutputFormat): Promise<void> {
  if (format === "ogg_opus") await import("@evan/opus");
}
