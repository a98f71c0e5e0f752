/** A promise that `signal` rejects with its reason, at once when it is aborted already. */
export function rejectionBy(signal: AbortSignal): { promise: Promise<never>; release(): void } {
  let release = () => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    release = () => signal.removeEventListener("abort", onAbort);
  });
  promise.catch(() => {});
  return { promise, release };
}
