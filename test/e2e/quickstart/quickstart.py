"""The published quickstart in Python, with the standard library. Usage: quickstart.py BASE_URL KEY FOLDER"""
import json
import pathlib
import sys
import time
import urllib.request

BASE_URL, API_KEY, OUT = sys.argv[1] + "/api/v1", sys.argv[2], pathlib.Path(sys.argv[3])


def call(method, path, body=None):
    request = urllib.request.Request(
        BASE_URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]


def wait(job_id):
    while True:
        job = call("GET", f"/tts/{job_id}")
        if job["status"] == "completed":
            return job
        if job["status"] == "failed":
            raise SystemExit(job["error"]["message"])
        time.sleep(0.2)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def signed_url(job_id):
    request = urllib.request.Request(f"{BASE_URL}/tts/{job_id}/audio", headers={"Authorization": f"Bearer {API_KEY}"})
    try:
        urllib.request.build_opener(NoRedirect).open(request)
    except urllib.error.HTTPError as redirect:
        assert redirect.code == 302, redirect.code
        return redirect.headers["Location"]


def download(url, name):
    with urllib.request.urlopen(url) as response:
        (OUT / name).write_bytes(response.read())


# Submit, poll, download in two steps.
submitted = call("POST", "/tts", {"text": "Hello world!", "voice_id": "kokoro:en-US-Kokoro-Bella"})
(OUT / "submitted.json").write_text(json.dumps({"data": submitted}))
completed = wait(submitted["job_id"])
(OUT / "completed.json").write_text(json.dumps({"data": completed}))
download(signed_url(completed["job_id"]), "two-step.mp3")

# Formats, by the URL that the finished job names.
for name in ("wav", "mp3", "ogg_opus"):
    job = call("POST", "/tts", {"text": "Hello world!", "voice_id": "polly:en-GB-Generative-Brian", "output_format": name})
    download(wait(job["job_id"])["audio_url"], f"format.{name}")

# Streaming.
body = {"text": "Stream this sentence.", "voice_id": "google:en-US-Chirp3HD-Kore", "output_format": "mp3"}
stream = call("POST", "/tts/stream", body)
(OUT / "streaming.json").write_text(json.dumps({"data": stream}))
download(stream["stream_url"], "stream.mp3")
