#!/usr/bin/env bash
# The published quickstart with curl: only the address and the key are other ones. Usage: quickstart.sh BASE_URL KEY FOLDER
set -euo pipefail
BASE=$1 API_KEY=$2 OUT=$3
field() { grep -o "\"$1\":\"[^\"]*\"" | head -1 | cut -d'"' -f4; }

# Submit.
curl -sS -X POST "$BASE/api/v1/tts" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"text": "Hello world!", "voice_id": "polly:en-GB-Generative-Brian"}' > "$OUT/submitted.json"
job_id=$(field job_id < "$OUT/submitted.json")

# Poll.
while :; do
  curl -sS "$BASE/api/v1/tts/$job_id" -H "Authorization: Bearer $API_KEY" > "$OUT/completed.json"
  status=$(field status < "$OUT/completed.json")
  [ "$status" = completed ] && break
  [ "$status" = failed ] && exit 1
  sleep 0.2
done

# Download in two steps: the redirect with the key, then the signed URL without it.
headers_file=$(mktemp)
curl -sS -D "$headers_file" -o /dev/null \
  -H "Authorization: Bearer $API_KEY" \
  "$BASE/api/v1/tts/$job_id/audio"
signed_url=$(awk '/^Location:/ { print $2 }' "$headers_file" | tr -d '\r')
rm -f "$headers_file"
curl -sS -f "$signed_url" -o "$OUT/two-step.mp3"

# Formats.
for format in wav mp3 ogg_opus; do
  id=$(curl -sS -X POST "$BASE/api/v1/tts" \
    -H "Authorization: Bearer $API_KEY" \
    -H "Content-Type: application/json" \
    -d "{\"text\": \"Hello world!\", \"voice_id\": \"kokoro:en-US-Kokoro-Bella\", \"output_format\": \"$format\"}" | field job_id)
  until curl -sS "$BASE/api/v1/tts/$id" -H "Authorization: Bearer $API_KEY" | grep -q '"status":"completed"'; do sleep 0.2; done
  # A client that follows redirects brings its key along; the signed URL does not mind.
  curl -sS -f -L "$BASE/api/v1/tts/$id/audio" -H "Authorization: Bearer $API_KEY" -o "$OUT/format.$format"
done

# Streaming.
stream_url=$(curl -sS -X POST "$BASE/api/v1/tts" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"text": "Stream this sentence.", "voice_id": "google:en-US-Chirp3HD-Kore", "delivery_mode": "stream", "output_format": "mp3"}' |
  tee "$OUT/streaming.json" | field stream_url)
curl -sS -f "$stream_url" -o "$OUT/stream.mp3"
