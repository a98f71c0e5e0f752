import { AppError } from "../../errors.ts";
import { loadAuthLibrary } from "./auth-library.ts";
import { isNetworkFault, withoutSecrets } from "./failures.ts";
import type { GoogleCredentials } from "./setup.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

interface AuthClient {
  getRequestHeaders(url?: string): Promise<Headers | Record<string, string>>;
}

/** Gives requests what shows who asks. Tokens live an hour at most; the library makes new ones in time. */
export class Authorizer {
  readonly #credentials: GoogleCredentials;
  #client: Promise<AuthClient> | undefined;

  constructor(credentials: GoogleCredentials) {
    this.#credentials = credentials;
  }

  /**
   * Headers of a request; a key goes in a header, never in a URL.
   * @throws AppError PROVIDER_DISABLED when Google refuses the credentials, NETWORK_ERROR, PROVIDER_ERROR
   */
  async headers(): Promise<Record<string, string>> {
    const credentials = this.#credentials;
    if (credentials.kind === "api-key") return { "x-goog-api-key": credentials.key };
    try {
      this.#client ??= makeClient(credentials);
      const headers = new Headers(await (await this.#client).getRequestHeaders());
      if (credentials.quotaProject && !headers.has("x-goog-user-project")) {
        headers.set("x-goog-user-project", credentials.quotaProject);
      }
      return Object.fromEntries(headers);
    } catch (error) {
      this.#client = undefined;
      throw refusal(error, credentials.source);
    }
  }
}

async function makeClient({ file }: GoogleCredentials & { kind: "adc" }): Promise<AuthClient> {
  const { GoogleAuth } = await loadAuthLibrary();
  const auth = new GoogleAuth({ scopes: [SCOPE], ...(file && { keyFilename: file }) });
  // As Google's own clients do: a service account's tokens are signed here and need no call.
  auth.useJWTAccessWithScope = true;
  return auth.getClient();
}

function refusal(error: unknown, source: string): AppError {
  const { message, status, response } = error as {
    message?: string;
    status?: number;
    response?: { status?: number; data?: { error_description?: string } };
  };
  const answered = response?.status ?? status;
  const options = {
    details: {
      provider: "google",
      provider_message: withoutSecrets(response?.data?.error_description ?? message ?? ""),
    },
    cause: error,
  };
  if (answered === undefined && isNetworkFault(error)) {
    return new AppError("NETWORK_ERROR", "Google's sign-in could not be reached.", { hint: "try again", ...options });
  }
  if (answered !== undefined && (answered >= 500 || answered === 429)) {
    return new AppError("PROVIDER_ERROR", `Google's sign-in answered ${answered}.`, { hint: "try again", ...options });
  }
  return new AppError("PROVIDER_DISABLED", `Google gives no access for ${source}.`, {
    hint: "check the credentials (GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth application-default login)",
    ...options,
  });
}
