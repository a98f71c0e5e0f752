// The published quickstart in Node. Usage: quickstart.mjs BASE_URL KEY FOLDER
import { writeFile } from "node:fs/promises";
import path from "node:path";

const [base, API_KEY, out] = process.argv.slice(2);
const BASE_URL = `${base}/api/v1`;
const headers = { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" };
const keep = (name, content) => writeFile(path.join(out, name), content);

async function submit(body, route = "/tts") {
  const response = await fetch(BASE_URL + route, { method: "POST", headers, body: JSON.stringify(body) });
  const { data } = await response.json();
  return data;
}

async function generateSpeech(body) {
  const { job_id } = await submit(body);
  for (;;) {
    const { data } = await (await fetch(`${BASE_URL}/tts/${job_id}`, { headers })).json();
    if (data.status === "completed") return data;
    if (data.status === "failed") throw new Error(data.error.message);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const download = async (url, init) => Buffer.from(await (await fetch(url, init)).arrayBuffer());

// Submit, poll, download in two steps.
const hello = { text: "Hello world!", voice_id: "polly:en-GB-Generative-Brian" };
await keep("submitted.json", JSON.stringify({ data: await submit(hello) }));
const job = await generateSpeech(hello);
await keep("completed.json", JSON.stringify({ data: job }));
const redirect = await fetch(base + job.audio_endpoint, { headers, redirect: "manual" });
if (redirect.status !== 302) throw new Error(`no redirect but ${redirect.status}`);
await keep("two-step.mp3", await download(redirect.headers.get("location")));

// Formats, by the endpoint, whose redirect is followed.
for (const output_format of ["wav", "mp3", "ogg_opus"]) {
  const { audio_endpoint } = await generateSpeech({ ...hello, output_format });
  await keep(`format.${output_format}`, await download(base + audio_endpoint, { headers }));
}

// Streaming.
const stream = await submit({
  text: "Stream this sentence.",
  voice_id: "google:en-US-Chirp3HD-Kore",
  delivery_mode: "stream",
  output_format: "mp3",
});
await keep("streaming.json", JSON.stringify({ data: stream }));
await keep("stream.mp3", await download(stream.stream_url));
