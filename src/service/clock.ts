/** RFC 3339 UTC with milliseconds, as every time on the wire. */
export const isoTime = (unixMs: number): string => new Date(unixMs).toISOString();
