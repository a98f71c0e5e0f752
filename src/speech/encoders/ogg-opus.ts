import type { AudioEncoder, AudioSettings } from "./encoder.ts";
import { OggPages, randomStreamSerial } from "./ogg-pages.ts";

/** RFC 7845 counts in 48 kHz whatever the input's rate. */
const GRANULE_RATE = 48_000;
/** opus_defines.h: bits a second; and samples at the encoder's rate that it holds back (6.5 ms). */
const SET_BITRATE = 4002;
const GET_LOOKAHEAD = 4027;
const FRAME_MS = 20;
const FRAME_GRANULES = (GRANULE_RATE * FRAME_MS) / 1000;
/** 200 ms a page: little overhead, and a listener of a stream waits little. */
const FRAMES_PER_PAGE = 10;
/** The first page holds 40 ms only, so that the sound starts at once. */
const FRAMES_IN_FIRST_PAGE = 2;

/**
 * Opus in Ogg (RFC 7845), mono, exact to the sample: pre-skip at the start, the last granule at the end. No patches.
 * @param settings from `resolveAudioSettings`: libopus knows five rates; above OPUS_MONO_CEILING_KBPS it spends no more.
 */
export async function createOggOpusEncoder({
  sampleRateHertz,
  bitrateKbps,
  streamSerial = randomStreamSerial(),
}: AudioSettings): Promise<AudioEncoder> {
  // Not the package's native build: it writes all threads' packets to one static buffer (two workers at a time gave wrong
  // packets in 8 of 8 runs), and ends the process when a worker that has loaded it ends. Its wasm build is a thread's own.
  const { Encoder } = await import("@evan/opus/wasm/index.mjs");
  const opus = new Encoder({ channels: 1, sample_rate: sampleRateHertz, application: "voip" });
  opus.ctl(SET_BITRATE, bitrateKbps! * 1000);
  const lookahead = opus.ctl(GET_LOOKAHEAD);
  const granulesPerSample = GRANULE_RATE / sampleRateHertz;
  const preSkip = lookahead * granulesPerSample;

  const pages = new OggPages(streamSerial);
  const frame = new Int16Array((sampleRateHertz * FRAME_MS) / 1000);
  let filled = 0;
  let samplesIn = 0;
  let packets: Uint8Array[] = [];
  let granule = 0;
  let pagesOut = 0;
  let output: Uint8Array[] = [pages.page([opusHead(sampleRateHertz, preSkip)], 0), pages.page([opusTags()], 0)];

  const flushPage = (last: boolean, at = granule) => {
    output.push(pages.page(packets, at, last));
    packets = [];
    pagesOut += 1;
  };
  const takeFrame = () => {
    // A page goes out when the next packet is there: the last page must still be open at the end.
    if (packets.length >= (pagesOut === 0 ? FRAMES_IN_FIRST_PAGE : FRAMES_PER_PAGE)) flushPage(false);
    packets.push(opus.encode(frame).slice());
    granule += FRAME_GRANULES;
    filled = 0;
  };
  const feed = (samples: Int16Array) => {
    for (let at = 0; at < samples.length; ) {
      const take = Math.min(frame.length - filled, samples.length - at);
      frame.set(samples.subarray(at, at + take), filled);
      filled += take;
      at += take;
      if (filled === frame.length) takeFrame();
    }
  };
  const drain = () => {
    const bytes = Buffer.concat(output);
    output = [];
    return bytes;
  };
  return {
    encode(samples) {
      samplesIn += samples.length;
      feed(samples);
      return drain();
    },
    finish() {
      // The encoder holds `lookahead` samples back: silence pushes them out, and the last granule cuts it off.
      feed(new Int16Array(lookahead));
      if (filled > 0) feed(new Int16Array(frame.length - filled));
      flushPage(true, samplesIn * granulesPerSample + preSkip);
      opus.drop();
      return { bytes: drain(), patches: [] };
    },
  };
}

/** The identification header (RFC 7845 §5.1). */
function opusHead(inputRateHertz: number, preSkip: number): Uint8Array {
  const head = Buffer.alloc(19);
  head.write("OpusHead", 0, "latin1");
  head[8] = 1; // version
  head[9] = 1; // channels
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(inputRateHertz, 12);
  return head; // gain 0, channel mapping family 0
}

/** The comment header (RFC 7845 §5.2). */
function opusTags(): Uint8Array {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  };
  const one = Buffer.from([1, 0, 0, 0]);
  return Buffer.concat([Buffer.from("OpusTags"), ...text("libopus"), one, ...text("ENCODER=aittsm")]);
}
