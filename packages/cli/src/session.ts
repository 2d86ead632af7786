import { exitCodes } from "@autorec/service-kit";
import type { SessionStore } from "@autorec/session-store";
import type { Policy } from "@autorec/settings";
import { CliError, usageError } from "./cli-error.ts";

/** The terminal, as a command sees it: data goes to `out`, words to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  readonly ask: (question: string) => Promise<string>;
  /** Who the operating system says is typing. */
  readonly user: string;
}

/** Where the deployment lies and what it is configured to do. */
export interface Deployment {
  readonly store: SessionStore;
  readonly policy: Policy;
  readonly shardCount: number;
  close(): Promise<void>;
}

/** Everything that a command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly deployment: Deployment;
}

/** What every command that changes something is given. */
export interface ChangeOptions {
  readonly reason: string;
  readonly as?: string;
  readonly yes?: boolean;
  readonly output: "text" | "json";
}

/** Who answers for a change: `--as`, else the user of the operating system. @throws CliError 2 */
export function authorOf(options: ChangeOptions, terminal: Terminal): string {
  const author = options.as ?? terminal.user;
  if (author.trim() === "") throw usageError("--as NAME: expected who orders this, since the system does not know");
  return author;
}

/**
 * Shows what a change concerns and asks for a yes; where nobody can be asked and `--yes` is not given, it is refused. Stopping
 * everything asks for the word that `confirmWith` names, which nobody types by habit.
 * @throws CliError 2 without a yes where nobody can be asked, 6 when a person says no
 */
export async function confirm(
  context: CommandContext,
  options: ChangeOptions,
  change: { readonly preview: string; readonly confirmWith?: string },
): Promise<void> {
  const { terminal } = context;
  terminal.err(change.preview);
  if (options.yes === true) return;
  if (!terminal.isInteractive)
    throw usageError("nothing was changed: nobody can be asked here; add --yes to do it without being asked");
  const expected = change.confirmWith ?? "y";
  const answer = await terminal.ask(
    change.confirmWith === undefined ? "Go on? y/N " : `Type ${change.confirmWith} to go on: `,
  );
  if (answer.trim().toLowerCase() !== expected.toLowerCase())
    throw new CliError("nothing was changed", exitCodes.refused);
}
