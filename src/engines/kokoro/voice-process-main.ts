import { createRequire } from "node:module";
import type { ModelFiles } from "./installation.ts";
import type { FromVoiceProcess, SpeakOrder, ToVoiceProcess } from "./protocol.ts";

/**
 * The program of a voice process: it holds the runtime and the model, and speaks what its parent asks for, one order after
 * the other. It is a process of its own because the runtime ends the process it is in when it does not like something,
 * writes to stdout and stderr as it likes, and gives memory back by ending only.
 */

interface Generated {
  samples: Float32Array;
}

interface Tts {
  generateAsync(order: {
    text: string;
    enableExternalBuffer: boolean;
    generationConfig: { sid: number; speed: number; silenceScale: number; extra: { lang: string } };
    onProgress(part: Generated): boolean;
  }): Promise<Generated>;
}

interface Runtime {
  OfflineTts: { createAsync(config: object): Promise<Tts> };
}

/** The model as it was made: the runtime would shorten pauses to a fifth. */
const OWN_PAUSES = 1;

let load: ((rules: boolean) => Promise<Tts>) | undefined;
let queue: Promise<unknown> = Promise.resolve();
const cancelled = new Set<number>();

const send = (message: FromVoiceProcess) => process.send?.(message);

// The parent is gone. Not by exit(): that would wait for, or trip over, the thread that speaks.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (message: ToVoiceProcess) => {
  switch (message.kind) {
    case "load":
      queue = queue.then(() => open(message.files, message.threads));
      break;
    case "speak":
      queue = queue.then(() => speak(message.id, message.order));
      break;
    case "cancel":
      cancelled.add(message.id);
      break;
  }
});

async function open(files: ModelFiles, threads: number): Promise<void> {
  try {
    const { OfflineTts } = createRequire(files.runtime)(files.runtime) as Runtime;
    const kept = new Map<boolean, Promise<Tts>>();
    // Rules belong to a model, not to an order, and would write out the numbers of every language in Chinese: so a
    // second one is loaded when a Chinese voice is asked for, and only then.
    load = (rules) => {
      const key = rules && files.rules.length > 0;
      const tts = kept.get(key) ?? OfflineTts.createAsync(configOf(files, threads, key));
      kept.set(key, tts);
      return tts;
    };
    await load(false);
    send({ kind: "loaded" });
  } catch (error) {
    send({ kind: "unloadable", message: messageOf(error) });
  }
}

/** Names are relative to the working directory, the model's folder: lists of them are joined by commas. */
function configOf({ lexicons, rules }: ModelFiles, threads: number, withRules: boolean): object {
  return {
    model: {
      kokoro: {
        model: "model.onnx",
        voices: "voices.bin",
        tokens: "tokens.txt",
        dataDir: "espeak-ng-data",
        lexicon: lexicons.join(","),
        // Overridden by each order; without one the runtime insists on lexicons.
        lang: "en-us",
      },
      numThreads: threads,
      provider: "cpu",
      debug: false,
    },
    maxNumSentences: 1,
    silenceScale: OWN_PAUSES,
    ...(withRules && { ruleFsts: rules.join(",") }),
  };
}

async function speak(id: number, { text, sid, speed, espeakVoice, rules }: SpeakOrder): Promise<void> {
  try {
    if (!load) throw new Error("the model is not loaded");
    const tts = await load(rules);
    if (!cancelled.has(id)) {
      await tts.generateAsync({
        text,
        enableExternalBuffer: false,
        generationConfig: { sid, speed, silenceScale: OWN_PAUSES, extra: { lang: espeakVoice } },
        onProgress: ({ samples }) => {
          if (!cancelled.has(id)) send({ kind: "sound", id, samples: toInt16(samples) });
          return !cancelled.has(id);
        },
      });
    }
    send({ kind: "done", id });
  } catch (error) {
    send({ kind: "done", id, message: messageOf(error) });
  } finally {
    cancelled.delete(id);
  }
}

const FULL_SCALE = 32_767;

function toInt16(samples: Float32Array): Int16Array {
  const whole = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    whole[i] = Math.round(Math.max(-1, Math.min(1, samples[i]!)) * FULL_SCALE);
  }
  return whole;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
