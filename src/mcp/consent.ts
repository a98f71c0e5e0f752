import { createHash } from "node:crypto";
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  type InputResponseView,
  inputRequired,
  inputResponse,
  SdkError,
  SdkErrorCode,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { AppError } from "../errors.ts";

/** A person reads and thinks; the SDK's 60 s are meant for programs. A client that never shows the question costs this. */
const ANSWER_WITHIN_MS = 5 * 60_000;

/**
 * A choice, because an empty form hangs in VS Code (PrefectHQ/fastmcp#3910) and a boolean is an unticked box in some
 * clients and was a line of free text in VS Code (microsoft/vscode#326007).
 */
const FORM = {
  type: "object" as const,
  properties: { answer: { type: "string" as const, title: "Go on?", enum: ["Yes", "No"] } },
  required: ["answer"],
};

/**
 * Settles with the person whether a call may run. Takes what makes the question (undefined: nothing to ask). Gives
 * undefined when the call may run, or the result that makes the client ask and call again with the answer.
 * @throws AppError DECLINED when the person did not agree, whatever the reason.
 */
export type Consent = (question: () => Promise<string | undefined>) => Promise<InputRequiredResult | undefined>;

/**
 * The way to the person behind a call; undefined when the client can't show a form, and then nobody is asked. In the
 * 2026 era the client asks between two calls that share nothing but their arguments; before, we ask within the call.
 */
export function consentOf(server: Server, { mcpReq }: ServerContext, hurry?: AbortSignal): Consent | undefined {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const { elicitation } = declared ?? server.getClientCapabilities() ?? {};
  // Without a mode it is forms: the first revision that had elicitation knew nothing else.
  const forms = elicitation && (elicitation.form !== undefined || elicitation.url === undefined);
  if (!forms) return undefined;
  return async (question) => {
    for (let answers: Record<string, unknown> | undefined = mcpReq.inputResponses; ; ) {
      const [asked = ""] = Object.keys(answers ?? {});
      if (answers) checkAgreed(inputResponse(answers, asked));
      const message = await question();
      if (message === undefined) return undefined;
      const key = keyOf(message);
      if (key === asked) return undefined;
      if (envelope) {
        const request = inputRequired.elicit({ mode: "form", message, requestedSchema: FORM });
        return inputRequired({ inputRequests: { [key]: request } });
      }
      answers = { [key]: await askNow(message, mcpReq, hurry) };
    }
  };
}

/** Agreement to "3 files" is none to "300 files": each answer is tied to the words it answers, and other words are asked anew. */
const keyOf = (message: string) => `consent-${createHash("sha256").update(message).digest("hex").slice(0, 16)}`;

/** Not by the SDK's shim for this era: it answers a failure with the client's own words, and without a code. */
async function askNow(message: string, { send, signal }: ServerContext["mcpReq"], hurry?: AbortSignal) {
  try {
    return await send(
      { method: "elicitation/create", params: { mode: "form", message, requestedSchema: FORM } },
      { timeout: ANSWER_WITHIN_MS, signal: hurry ? AbortSignal.any([signal, hurry]) : signal },
    );
  } catch (error) {
    const late = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
    throw declined(late ? "The person gave no answer in time." : "The client could not ask the person.");
  }
}

/** @throws AppError DECLINED for everything but a yes. */
function checkAgreed(view: InputResponseView): void {
  if (view.kind !== "elicit") throw declined("The client sent no answer to the question.");
  if (view.action === "cancel") throw declined("The person closed the question without an answer.");
  // A client with a button for yes and one for no fills in no form (openai/codex#23383): its accept is the yes.
  const { answer = "Yes" } = view.content ?? {};
  if (view.action !== "accept" || answer !== "Yes") throw declined("The person declined.");
}

const declined = (message: string) =>
  new AppError("DECLINED", message, {
    hint: "nothing was changed; ask what they want instead, or if they saw no question, have them set AITTSM_ELICITATION to off",
  });
