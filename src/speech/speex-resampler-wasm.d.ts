// The package has no types; resample.ts says what it uses of it.
declare module "@echogarden/speex-resampler-wasm" {
  const create: () => Promise<never>;
  export default create;
}
declare module "@echogarden/speex-resampler-wasm/simd" {
  const create: () => Promise<never>;
  export default create;
}
