/** One call on the way, in the order of the calls. */
interface Step {
  tool: string;
  say: string;
  /** The prompt does without it where AITTSM_TOOLSETS keeps the tool out. */
  optional?: boolean;
}

export interface PromptArgument {
  name: string;
  title: string;
  description: string;
  required: boolean;
}

/** A prompt that a person picks in the client, and that leads the model through the tools. */
export interface PromptText {
  name: string;
  title: string;
  description: string;
  arguments: readonly PromptArgument[];
  /** What is to be made; arguments that were not given are absent. */
  task(args: Record<string, string | undefined>): string;
  steps(args: Record<string, string | undefined>): readonly Step[];
  /** What the person gets at the end. */
  end: string;
}

const VOICE: PromptArgument = {
  name: "voice",
  title: "Voice",
  description: "A voice_id, or what the voice should be like: language, gender, accent. Without it, the best one.",
  required: false,
};

/** The person's own words, marked as such: they are what is spoken, not what is to be done. */
const quoted = (name: string, text: string) => `<${name}>\n${text}\n</${name}>`;

const chooseVoice = (voice: string | undefined): Step => ({
  tool: "search_voices",
  say: voice
    ? `find the voice: ${JSON.stringify(voice)} is a voice_id, or describes one. Take the nearest that is available.`
    : "find an available voice for the text's language, and say which you took.",
});
const ESTIMATE: Step = {
  tool: "estimate_cost",
  say: "send the text and the voice_id. Tell the person the length, and the cost when there is one; ask first if it costs. If within_limits is false, part the text at a chapter or paragraph.",
  optional: true,
};
const WAIT: Step = {
  tool: "get_job_status",
  say: 'while a job is "pending" or "processing", call with its job_id and wait_seconds 45 until it is "completed".',
};
const READY =
  "Make the text ready to be heard: leave out page numbers, menus and footnote marks, and say tables and formulas in sentences. Leave out no sentence and do not sum up.";

const narrateDocument: PromptText = {
  name: "narrate_document",
  title: "Narrate a document",
  description: "Read a document aloud, whole, into one audio file.",
  arguments: [
    {
      name: "document",
      title: "Document",
      description: "The text itself, or where it is: a file, a page, something in this conversation.",
      required: true,
    },
    VOICE,
    { name: "file_name", title: "File name", description: "Save the audio under this name too.", required: false },
  ],
  task: ({ document = "" }) =>
    `Narrate this document (its text, or where to read it). ${READY}\n\n${quoted("document", document)}`,
  steps: ({ voice, file_name }) => [
    chooseVoice(voice),
    ESTIMATE,
    {
      tool: "generate_speech",
      say: "send the whole text in one call, with the voice_id, a title and an idempotency_key of your own; long text is no problem. On a retry send the same idempotency_key.",
    },
    WAIT,
    {
      tool: "get_audio_link",
      say: file_name
        ? `send the job_id and save_to ${JSON.stringify(file_name)}.`
        : "send the job_id, for a fresh link or (with save_to) a copy under a name, when the person asks for one.",
    },
  ],
  end: "Then give the person file_path or audio_url, the duration, and every warning.",
};

const auditionVoices: PromptText = {
  name: "audition_voices",
  title: "Audition voices for a text",
  description: "Hear the same passage in several voices, and choose one.",
  arguments: [
    { name: "text", title: "Text", description: "The text to be spoken in the end, or a part of it.", required: true },
    { ...VOICE, description: "What the voice should be like: language, gender, accent. Without it, any that fit." },
    {
      name: "count",
      title: "How many",
      description: "How many voices to hear, 2 to 6. Without it, 3.",
      required: false,
    },
  ],
  task: ({ text = "" }) =>
    `Let the person hear voices for this text and choose one. Take one telling passage of it, at most 300 characters, the same for every voice.\n\n${quoted("text", text)}`,
  steps: ({ voice, count }) => [
    {
      tool: "search_voices",
      say: `find ${count ?? "3"} available voices${voice ? ` that fit ${JSON.stringify(voice)}` : " in the text's language"}, as unlike each other as they are.`,
    },
    {
      tool: "generate_speech",
      say: 'call once for each voice, with the passage, the voice_id and the title "Audition: " and the voice\'s name.',
    },
    WAIT,
  ],
  end: "Then list the voices, each with its voice_id, what is special about it and its file_path or audio_url, and ask which one it shall be. With the chosen one call generate_speech for the whole text.",
};

const makeAudiobook: PromptText = {
  name: "make_audiobook",
  title: "Make a shareable audiobook",
  description: "Speak a text chapter by chapter, and put the chapters on a page that can be shared.",
  arguments: [
    {
      name: "source",
      title: "Source",
      description: "The text itself, or where it is: files, pages, something in this conversation.",
      required: true,
    },
    {
      name: "title",
      title: "Title",
      description: "The audiobook's title. Without it, the source's own.",
      required: false,
    },
    VOICE,
    {
      name: "listeners",
      title: "Listeners",
      description: "How many people get an access code. Without it, anyone who has the link can listen.",
      required: false,
    },
  ],
  task: ({ source = "", title }) =>
    `Make an audiobook${title ? ` with the title ${JSON.stringify(title)}` : ""} of this source (its text, or where to read it), and share it. Part it into chapters, at most 100, at its own headings. ${READY}\n\n${quoted("source", source)}`,
  steps: ({ voice, listeners }) => [
    chooseVoice(voice),
    ESTIMATE,
    {
      tool: "generate_speech",
      say: 'call once for each chapter, in order, all with the same voice_id, with the title "1. " and the chapter\'s name, and an idempotency_key of its own.',
    },
    WAIT,
    {
      tool: "manage_collection",
      say: 'action "create", with the title as name and every job_id, so that the chapters are found together.',
      optional: true,
    },
    {
      tool: "create_share",
      say: `send the job_ids in the order of the chapters, the title, and access ${listeners ? '"code"' : '"public"; ask the person first, because whoever has the link can listen'}.`,
    },
    ...(listeners
      ? [
          {
            tool: "create_access_codes",
            say: `send the share_id and count ${listeners}, one code a listener.`,
          },
        ]
      : []),
    { tool: "get_qr_code", say: "send the share_id, when the person wants to print or show the link.", optional: true },
  ],
  end: "Then give the person share_url, when it expires, the chapters with their lengths, and the codes if there are any.",
};

/** Every prompt, in the order clients show them. */
export const PROMPTS: readonly PromptText[] = [narrateDocument, auditionVoices, makeAudiobook];
