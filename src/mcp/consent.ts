import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { AppError } from "../errors.ts";

const QUESTION = "consent";

/** How a call may ask the person who uses the client, and what they said. */
export interface Consent {
  /** The answer of the earlier round; undefined in the first. */
  answer: "accept" | "decline" | "cancel" | undefined;
  /** The result that makes the client ask, and call again with the answer. */
  ask(question: string): InputRequiredResult;
}

/**
 * The way to the person behind a call; undefined when the client can't show a form, and then nobody is asked. In the 2025
 * era the SDK asks over the connection and calls the handler again; in the 2026 era the client does.
 */
export function consentOf(server: Server, { mcpReq }: ServerContext): Consent | undefined {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const capabilities = declared ?? server.getClientCapabilities();
  const { elicitation } = capabilities ?? {};
  // Without a mode it is forms: the first revision that had elicitation knew nothing else.
  const forms = elicitation && (elicitation.form !== undefined || elicitation.url === undefined);
  if (!forms) return undefined;
  const response = inputResponse(mcpReq.inputResponses, QUESTION);
  return {
    answer: response.kind === "elicit" ? response.action : undefined,
    // An empty form: to send it is to agree, and every client has a button for that and one against.
    ask: (message) =>
      inputRequired({
        inputRequests: {
          [QUESTION]: inputRequired.elicit({ message, requestedSchema: { type: "object", properties: {} } }),
        },
      }),
  };
}

/** What a call answers whose question was not agreed to. */
export function notAgreed(answer: "decline" | "cancel"): AppError {
  const message = answer === "decline" ? "The person declined." : "The person closed the question without an answer.";
  return new AppError("DECLINED", message, { hint: "nothing was changed; ask what they want instead" });
}
