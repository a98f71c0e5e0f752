/** What a model is told about the server as a whole; the tools say the rest. */
export const INSTRUCTIONS = `Text to speech. Call generate_speech with the whole text; it picks a voice unless voice_id is given (search_voices lists them). \
If the answer is "processing", call get_job_status with wait_seconds 45 until it is "completed". \
Give the person file_path or audio_url. On a retry of the same request send the same idempotency_key, so that nothing is spoken or charged twice. \
An error names what to do in its hint.`;
