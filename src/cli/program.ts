import { Command, InvalidArgumentError, Option } from "commander";
import { toAppError } from "../errors.ts";
import { VERSION } from "../version.ts";

/** Exit status of a command that failed, and of one that was called wrongly (as by getopt programs). */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function number(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError(`${name} takes a number.`);
    return value;
  };
}

/** Runs one subcommand; sets the exit status instead of ending the process, so that output is written whole. */
export async function runCli(args: string[]): Promise<void> {
  const program = new Command("aittsm")
    .description("A voice for any AI agent. Without a command: an MCP server on stdin and stdout.")
    .version(VERSION)
    .exitOverride()
    .configureHelp({ sortSubcommands: true });

  program
    .command("say")
    .description("Speak a text into an audio file and print where it is.")
    .argument("[text...]", "what to speak; - or nothing reads stdin")
    .option("-o, --out <file>", "where to save it (the extension picks the format); an existing file is replaced")
    .option("-f, --file <file>", "speak a text file")
    .option("-v, --voice <voice_id>", "a voice from `aittsm voices`")
    .option("--language <tag>", "picks a voice when none is named, e.g. en-GB")
    .addOption(
      new Option("--text-format <format>", "ssml: <speak>…</speak>; markup: text with [pause]").choices([
        "text",
        "ssml",
        "markup",
      ]),
    )
    .option("--dialogue", 'two voices: lines begin "Speaker 1:" or "Speaker 2:"')
    .option("--second-voice <voice_id>", "of a dialogue; --voice is the first")
    .option("--speed <factor>", "0.25 to 4", number("--speed"))
    .addOption(new Option("--format <format>", "audio format").choices(["wav", "mp3", "ogg_opus"]))
    .option("--sample-rate <hz>", "8000 to 48000", number("--sample-rate"))
    .option("--bitrate <kbps>", "for mp3 and ogg_opus", number("--bitrate"))
    .action(async (words, options) => (await import("./say.ts")).say(words, options));

  program
    .command("voices")
    .description("List the voices.")
    .argument("[query...]", "words, e.g. british male")
    .option("--query <words>", "the same as words without an option")
    .option("--language <tag>", "BCP-47 prefix, e.g. en")
    .option("--provider <id>", "e.g. flite")
    .addOption(new Option("--gender <gender>", "male, female or neutral").choices(["male", "female", "neutral"]))
    .option("--available", "only those that can speak here")
    .option("--json", "print JSON")
    .action(async (words, options) => (await import("./voices.ts")).voices(words, options));

  program
    .command("serve")
    .description("Serve REST v1, the listening pages and MCP over HTTP.")
    .option("--host <address>", "where to listen (AITTSM_HOST; default 127.0.0.1)")
    .option("--port <number>", "0 picks a free one (AITTSM_PORT; default 8290)", number("--port"))
    .action(async (options) => (await import("./serve.ts")).serve(options));

  const keys = program.command("keys").description("Make, list and revoke API keys of `serve`.");
  keys
    .command("create")
    .description("Make an API key and show it, once.")
    .requiredOption("--name <name>", "what it is for")
    .option(
      "--scopes <list>",
      "comma-separated, or all; admin (webhooks) is not in all (default: speak, look at jobs, usage, voices)",
    )
    .option("--account <name>", "whose it is; made when there is none", "local")
    .option("--expires-in-days <days>", "default: never", number("--expires-in-days"))
    .option("--json", "print JSON")
    .action(async (options) => (await import("./keys.ts")).createKey(options));
  keys
    .command("list")
    .description("List the API keys.")
    .option("--json", "print JSON")
    .action(async (options) => (await import("./keys.ts")).listKeys(options));
  keys
    .command("revoke")
    .description("Make an API key useless, at once.")
    .argument("<key_id>", "from `aittsm keys list`")
    .action(async (keyId) => (await import("./keys.ts")).revokeKey(keyId));

  const accounts = program.command("accounts").description("List accounts of `serve` and set their balances.");
  accounts
    .command("list")
    .description("List the accounts.")
    .option("--json", "print JSON")
    .action(async (options) => (await import("./accounts.ts")).showAccounts(options));
  accounts
    .command("set")
    .description("Give an account a balance, or make it unlimited.")
    .argument("<name>", "the account")
    .option("--credits <n>", "bytes of text it may speak", number("--credits"))
    .option("--unlimited", "nothing is charged")
    .action(async (name, options) => (await import("./accounts.ts")).setAccount(name, options));

  const webhook = program.command("webhook").description("Set, show, try and remove the webhook of an account.");
  const ofAccount = (command: Command) =>
    command.option("--account <name>", "whose it is", "local").option("--json", "print JSON");
  ofAccount(webhook.command("set"))
    .description("Set where an account is told that its jobs have ended; a new signing secret is shown, once.")
    .argument("<url>", "a public https URL")
    .option("--regenerate-secret", "make a new signing secret; the old one ends at once")
    .addOption(new Option("--enable", "send webhooks (the default of a new one)").conflicts("disable"))
    .option("--disable", "send none for now")
    .action(async (url, options) => (await import("./webhook.ts")).setWebhook(url, options));
  ofAccount(webhook.command("show"))
    .description("Show the webhook, without its secret.")
    .action(async (options) => (await import("./webhook.ts")).showWebhook(options));
  ofAccount(webhook.command("test"))
    .description("Send a test event and say whether it was accepted.")
    .action(async (options) => (await import("./webhook.ts")).testWebhook(options));
  ofAccount(webhook.command("remove"))
    .description("Remove the webhook, its secret and what was not delivered yet.")
    .action(async (options) => (await import("./webhook.ts")).removeWebhook(options));

  program
    .command("doctor")
    .description("Check settings, data folder, voices and encoders, and say what is wrong.")
    .action(async () => (await import("./doctor.ts")).doctor());

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (isCommanderError(error)) {
      // Commander has printed it; help and version end well.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    const { code, message, hint, cause } = toAppError(error);
    process.stderr.write(`${code}: ${message}${hint ? ` Hint: ${hint}.` : ""}\n`);
    if (code === "INTERNAL") process.stderr.write(`${cause instanceof Error ? cause.stack : cause}\n`);
    process.exitCode = EXIT_FAILED;
  }
}

function isCommanderError(error: unknown): error is { exitCode: number } {
  return (
    error instanceof Error && "exitCode" in error && "code" in error && String(error.code).startsWith("commander.")
  );
}
