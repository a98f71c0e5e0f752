import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";

/** [pub] Room for 500,000 bytes of text, escaped, and the rest of the request. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Refuses larger bodies, whether their length is said beforehand or not. */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new AppError("PAYLOAD_TOO_LARGE", `The request body is larger than ${MAX_BODY_BYTES} bytes.`, {
      hint: "a text may have 500,000 bytes; send it in parts",
    });
  },
});
