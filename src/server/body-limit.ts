import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import { bindingsOf } from "./node-bindings.ts";

/** [pub] Room for 500,000 bytes of text, escaped, and the rest of the request. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

const tooLarge = () =>
  new AppError("PAYLOAD_TOO_LARGE", `The request body is larger than ${MAX_BODY_BYTES} bytes.`, {
    hint: "a text may have 500,000 bytes; send it in parts",
  });

/** Refuses larger bodies, whether their length is said beforehand or not. For routes that read the web Request. */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw tooLarge();
  },
});

/**
 * The text of a request's body. Over a socket it is read from Node's own request: the adapter would build a web Request
 * with a stream for it, which costs more than all the rest of a short request.
 * @throws AppError PAYLOAD_TOO_LARGE; INVALID_INPUT for what is not UTF-8, or when the request ends before its body does.
 */
export async function readBody(c: Context): Promise<string> {
  const { incoming } = bindingsOf(c);
  if (incoming) return readIncoming(incoming);
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge();
  return readUtf8(bytes);
}

/** Strictly: a text in another encoding would be spoken, and charged, with its letters lost. Drops a byte order mark. */
function readUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AppError("INVALID_INPUT", "The request body is not UTF-8.", { hint: "send a JSON object in UTF-8" });
  }
}

function readIncoming(incoming: IncomingMessage): Promise<string> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = () => {
      incoming.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) return;
      stop();
      // What still comes is the adapter's to drain or cut off, once the refusal is sent.
      incoming.pause();
      reject(tooLarge());
    };
    const onEnd = () => {
      stop();
      try {
        resolve(readUtf8(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      } catch (error) {
        reject(error);
      }
    };
    const onBroken = () => {
      stop();
      reject(
        new AppError("INVALID_INPUT", "The request ended before its body did.", { hint: "send the whole body again" }),
      );
    };
    incoming.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
  });
}
