import { invalidField } from "../../errors.ts";
import type { JobService, SubmitInput } from "../../service/jobs.ts";
import type { HandlerContext, Handlers } from "./handler.ts";

type TtsHandlers = Pick<Handlers, "submitSpeech" | "streamSpeech" | "getSpeech" | "getSpeechAudio">;

export function ttsHandlers(jobs: JobService): TtsHandlers {
  const submit = async (input: SubmitInput & { voice?: string }, operation: string, context: HandlerContext) => {
    const { voice, ...rest } = input;
    if (voice && rest.voiceId && voice !== rest.voiceId) {
      throw invalidField("voice", "voice and voice_id name two voices.", "send voice_id only; voice is its old name");
    }
    const wish = { ...rest, voiceId: rest.voiceId ?? voice };
    const idempotency = context.idempotencyKey === undefined ? undefined : { operation, key: context.idempotencyKey };
    const { answer, replayed } = await jobs.submit(context.principal, wish, idempotency);
    return { output: answer, replayed, status: wish.deliveryMode === "stream" ? 201 : 202 };
  };
  return {
    submitSpeech: (input, context) =>
      submit({ ...input, deliveryMode: input.deliveryMode ?? "async" }, "submitSpeech", context),
    streamSpeech: (input, context) => submit({ ...input, deliveryMode: "stream" }, "streamSpeech", context),
    getSpeech: async ({ jobId, waitSeconds }, context) => {
      const job = waitSeconds
        ? await jobs.wait(context.principal, jobId, waitSeconds, context.signal)
        : await jobs.get(context.principal, jobId);
      const running = job.status === "pending" || job.status === "processing";
      return { output: job, retryAfterSeconds: running ? 1 : undefined };
    },
    getSpeechAudio: async ({ jobId }, { principal }) => ({
      output: {},
      location: await jobs.audioUrl(principal, jobId),
    }),
  };
}
