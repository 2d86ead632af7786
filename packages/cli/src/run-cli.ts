import { exitCodes } from "@autorec/service-kit";
import { Command, CommanderError } from "commander";
import { adopt, retry, rotate } from "./channel-commands.ts";
import { usageError } from "./cli-error.ts";
import type { CommandContext, Deployment, Terminal } from "./session.ts";
import { modeWords, pause, resume, status } from "./switch-commands.ts";

/** What the command needs of the outside. */
export interface CliOptions {
  /** Words after the program's name. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  /** Opened only for a command line that is right. */
  readonly open: () => Promise<Deployment>;
}

/** Runs one command and answers its exit code (operators.md §1). Rejects with what the command could not do. */
export async function runCli({ args, open, terminal }: CliOptions): Promise<number> {
  const program = describeCommands(async (work) => {
    const deployment = await open();
    try {
      await work({ deployment, terminal });
    } finally {
      await deployment.close();
    }
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({ writeOut: terminal.out, writeErr: () => undefined });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (err) {
    if (!(err instanceof CommanderError)) throw err;
    if (err.exitCode === 0) return exitCodes.ok;
    throw usageError(`${err.message.replace(/^error: /, "")}; autorec --help tells more`);
  }
}

type Run = (work: (context: CommandContext) => Promise<void>) => Promise<void>;

function describeCommands(run: Run): Command {
  const program = new Command("autorec").description("What operators order and ask of a deployment of autorec.");
  const modes = Object.keys(modeWords).join(" | ");
  changing(program.command("pause"), "Hold starts, take hands off or stop all, for a scope.")
    .requiredOption("--scope <SCOPE>", "all | app:NAME | rule:NAME | channel:APP/CHANNEL")
    .requiredOption("--mode <MODE>", modes)
    .option("--until <WHEN>", "30m, 2h, 1d or a time with zone; then it ends by itself")
    .action((options: Parameters<typeof pause>[1]) => run((context) => pause(context, checked(options))));
  changing(program.command("resume"), "Lift the switch of a scope; its channels are looked at within seconds.")
    .requiredOption("--scope <SCOPE>", "as it was paused")
    .action((options: Parameters<typeof resume>[1]) => run((context) => resume(context, checked(options))));
  program
    .command("status")
    .description("Show what is paused, and the newest orders of operators.")
    .option("-o, --output <FORM>", "text | json", "text")
    .option("--audit <COUNT>", "how many orders", "10")
    .action((options: { output: "text" | "json"; audit: string }) =>
      run((context) => status(context, { ...checked(options), audit: countOf(options.audit) })),
    );
  const slot = ["--slot <SLOT>", "primary | secondary", "primary"] as const;
  changing(program.command("rotate"), "Replace a channel's recorder by a new one, without a gap.")
    .argument("<APP/CHANNEL>")
    .option(...slot)
    .action((channel: string, options: Omit<Parameters<typeof rotate>[1], "channel">) =>
      run((context) => rotate(context, { ...checked(options), channel })),
    );
  changing(program.command("retry"), "Try a blocked slot again now.")
    .argument("<APP/CHANNEL>")
    .option(...slot)
    .action((channel: string, options: Omit<Parameters<typeof retry>[1], "channel">) =>
      run((context) => retry(context, { ...checked(options), channel })),
    );
  changing(program.command("adopt"), "Name the sid of a ghost, so that it can be watched and stopped.")
    .argument("<APP/CHANNEL>")
    .requiredOption("--attempt <N>", "number of the attempt")
    .requiredOption("--sid <SID>", "as an event, a file name or Agora's support has told it")
    .action((channel: string, options: Omit<Parameters<typeof adopt>[1], "channel">) =>
      run((context) => adopt(context, { ...checked(options), channel })),
    );
  return program;
}

/** What every command that changes something takes. */
function changing(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption("--reason <TEXT>", "why; it stands in the audit")
    .option("--as <NAME>", "who orders it; the system's user when absent")
    .option("--yes", "do not ask")
    .option("-o, --output <FORM>", "text | json", "text");
}

function checked<T extends { readonly output: string; readonly reason?: string }>(options: T): T {
  if (options.output !== "text" && options.output !== "json")
    throw usageError(`--output ${options.output}: expected text or json`);
  if (options.reason?.trim() === "") throw usageError("--reason: expected why, in words");
  return options;
}

function countOf(word: string): number {
  if (!/^\d{1,4}$/.test(word)) throw usageError(`--audit ${word}: expected a whole number up to 9999`);
  return Number(word);
}
