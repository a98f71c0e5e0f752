import { AppError, type ErrorCode } from "../../errors.ts";
import type { PollySettings } from "./setup.ts";

interface Known {
  code: ErrorCode;
  message: string;
  hint: string;
}

const MAX_MESSAGE_LENGTH = 300;

/** Codes of Node's sockets and name look-ups: the service was not reached, or lost on the way. */
const NETWORK =
  /^(E(CONN|HOST|NET|AI_|TIMEDOUT|PIPE|PROTO|NOTFOUND)|ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/**
 * What a failed call means to the caller, with Polly's own sentence in the message, because a job keeps nothing else, and
 * as details.provider_message. Secrets are cut out of it.
 * @param error what the SDK threw, or an AppError, which stays
 */
export function failureOf(error: unknown, settings: PollySettings): AppError {
  if (error instanceof AppError) return error;
  const fault = error as { name?: string; message?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const name = fault.name ?? "Error";
  // A voice that Polly has never heard of is to it a value outside of an enumeration.
  const unknownVoice = name === "ValidationException" && /'(voiceId|languageCode|engine)'/.test(fault.message ?? "");
  const { code, message, hint } = meaningOf(
    unknownVoice ? "EngineNotSupportedException" : name,
    fault.code,
    fault.$metadata?.httpStatusCode,
    settings,
  );
  const said = providerMessage(fault.message ?? "", settings);
  return new AppError(code, said ? `${message.replace(/\.$/, "")}: ${said}` : message, {
    hint,
    details: { provider: "polly", provider_code: name, ...(said && { provider_message: said }) },
    cause: error,
  });
}

function meaningOf(name: string, code: string | undefined, status: number | undefined, settings: PollySettings): Known {
  const credentials = nameOfCredentials(settings);
  switch (name) {
    case "ThrottlingException":
    case "TooManyRequestsException":
    case "RequestLimitExceeded":
      return { code: "RATE_LIMITED", message: "Amazon Polly has too many requests from you.", hint: "try again soon" };
    case "InvalidSsmlException":
      return {
        code: "INVALID_SSML",
        message: "Amazon Polly does not take this SSML.",
        hint: "check names and values of its elements; which ones a voice takes depends on its family",
      };
    case "TextLengthExceededException":
      return {
        code: "TEXT_TOO_LONG",
        message: "The text is longer than Amazon Polly takes at once.",
        hint: "put it in shorter sentences, or send less",
      };
    case "EngineNotSupportedException":
    case "LanguageNotSupportedException":
      return {
        code: "VOICE_NOT_FOUND",
        message: `Amazon Polly has no such voice in ${settings.region}.`,
        hint: "search_voices (GET /voices) lists those that it has; AWS_REGION says where they are looked for",
      };
    case "AccessDeniedException":
    case "AccessDenied":
    case "NotAuthorized":
    case "OptInRequired":
    case "SubscriptionRequiredException":
      return {
        code: "PROVIDER_DISABLED",
        message: "The AWS credentials may not use Amazon Polly.",
        hint: `allow ${credentials} the actions polly:SynthesizeSpeech and polly:DescribeVoices`,
      };
    case "ExpiredTokenException":
    case "ExpiredToken":
      return {
        code: "PROVIDER_DISABLED",
        message: "The AWS credentials have expired.",
        hint:
          settings.credentials.kind === "keys"
            ? "get new ones and set AWS_SESSION_TOKEN with them"
            : `log in again with ${credentials}`,
      };
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "InvalidSignatureException":
    case "SignatureDoesNotMatch":
    case "IncompleteSignature":
    case "IncompleteSignatureException":
    case "MissingAuthenticationToken":
    case "MissingAuthenticationTokenException":
    case "RequestExpired":
      return {
        code: "PROVIDER_DISABLED",
        message: "AWS does not accept the credentials.",
        hint: `check ${credentials}, and that this computer's clock is right`,
      };
  }
  if (/^(CredentialsProvider|TokenProvider|Provider)Error$/.test(name)) {
    return { code: "PROVIDER_DISABLED", message: "No AWS credentials could be had.", hint: `check ${credentials}` };
  }
  if (name === "TimeoutError" || (status === undefined && code && NETWORK.test(code))) {
    return {
      code: "NETWORK_ERROR",
      message: `Amazon Polly in ${settings.region} could not be reached.`,
      hint: "check the network, and that AWS_REGION has Amazon Polly; then try again",
    };
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return {
      code: "INVALID_INPUT",
      message: "Amazon Polly refused the request.",
      hint: "change the text or choose another voice",
    };
  }
  return { code: "PROVIDER_ERROR", message: "Amazon Polly failed.", hint: "try again" };
}

function nameOfCredentials({ credentials }: PollySettings): string {
  if (credentials.kind === "profile") return `the profile "${credentials.profile}" (AWS_PROFILE)`;
  return credentials.sessionToken
    ? "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
    : "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
}

/** The first line: below it, complaints about signatures repeat headers of the request, a session's token among them. */
function providerMessage(message: string, { credentials }: PollySettings): string {
  let said = message.split(/[\r\n]/)[0]!.trim();
  if (credentials.kind === "keys") {
    for (const secret of [credentials.secretAccessKey, credentials.sessionToken, credentials.accessKeyId]) {
      if (secret) said = said.replaceAll(secret, "…");
    }
  }
  return said.slice(0, MAX_MESSAGE_LENGTH);
}
