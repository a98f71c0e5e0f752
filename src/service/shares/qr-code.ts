export type QrFormat = "png" | "svg" | "terminal";

/**
 * Draws a QR code (ISO/IEC 18004, error correction M) with its quiet zone of four modules.
 * @param size of a png or svg, in pixels
 * @returns a png as base64, else text
 */
export async function drawQrCode(text: string, format: QrFormat, size: number): Promise<string> {
  const { default: qrcode } = await import("qrcode");
  const options = { errorCorrectionLevel: "M", margin: 4, width: size } as const;
  if (format === "png") {
    // The fraction is cut off again: without it one size of twenty comes out a pixel too small, by rounding.
    return (await qrcode.toBuffer(text, { ...options, type: "png", width: size + 0.01 })).toString("base64");
  }
  // Half blocks: a terminal's letters are about twice as high as wide. Without colours, so it is plain text everywhere.
  return qrcode.toString(text, { ...options, type: format === "svg" ? "svg" : "utf8" });
}
