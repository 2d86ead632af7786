import type { Attempt, ChannelRecord, PendingFact } from "@autorec/domain";
import { exitCodes } from "@autorec/service-kit";
import type { ChannelRef } from "@autorec/session-store";
import { CliError, notFound, usageError } from "./cli-error.ts";
import { parseChannel } from "./parse-scope.ts";
import { authorOf, confirm } from "./session.ts";
import type { ChangeOptions, CommandContext } from "./session.ts";
import { tellIfUncopied } from "./tell-if-uncopied.ts";

/** What the orders for one channel share. */
interface ChannelOrder extends ChangeOptions {
  readonly channel: string;
  readonly slot: string;
}

/** Asks for a planned successor of the recorder that answers for the slot; it goes on until the new one is confirmed. */
export async function rotate(context: CommandContext, options: ChannelOrder): Promise<void> {
  const { record, ref } = await readChannel(context, options.channel);
  const attempt = record.attempts[record.slots[slotOf(options)].resp];
  if (attempt === undefined || (attempt.st !== "LIVE" && attempt.st !== "CONF"))
    throw refused(`${options.channel} has no running recorder in slot ${options.slot}: there is nothing to rotate`);
  const preview = `rotate attempt ${String(attempt.n)} of ${options.channel} (${attempt.st}, sid ${attempt.sid ?? "unknown"})`;
  await order(context, options, { action: "rotate", preview, ref, fact: factOn(attempt, "rotate") });
}

/** Lifts whatever keeps a slot from the next claim: a block after a refusal, a backoff. */
export async function retry(context: CommandContext, options: ChannelOrder): Promise<void> {
  const { record, ref } = await readChannel(context, options.channel);
  const slot = slotOf(options);
  const { blockedCause, nextClaimAtMs } = record.slots[slot];
  const preview = `retry slot ${slot} of ${options.channel}: ${blockedCause === undefined ? `next claim ${nextClaimAtMs === 0 ? "is free" : `at ${new Date(nextClaimAtMs).toISOString()}`}` : `blocked by ${blockedCause}`}`;
  const fact: Order["fact"] = { kind: "retry", slot, n: 1, session: "", uid: 1, mode: "individual" };
  await order(context, options, { action: "retry", preview, ref, fact });
}

/** Names the sid of a recorder that nobody can control; it is believed only after Agora has answered a query about it. */
export async function adopt(
  context: CommandContext,
  options: ChangeOptions & { readonly channel: string; readonly attempt: string; readonly sid: string },
): Promise<void> {
  const { record, ref } = await readChannel(context, options.channel);
  const attempt = record.attempts[Number(options.attempt)];
  if (attempt === undefined) {
    const known = Object.keys(record.attempts).join(", ") || "none";
    throw notFound(`${options.channel} has no attempt ${options.attempt}; it has ${known}`);
  }
  if (!/^[\w-]{1,256}$/.test(options.sid)) throw usageError(`--sid ${options.sid}: expected the sid that Agora gave`);
  if (attempt.st !== "GHOST" && attempt.st !== "DOUBT")
    throw refused(`attempt ${options.attempt} is ${attempt.st}: only a ghost or a doubt lacks a sid`);
  const owner = Object.values(record.attempts).find(({ sid }) => sid === options.sid);
  if (owner !== undefined) throw refused(`sid ${options.sid} belongs to attempt ${String(owner.n)}`);
  const preview = `adopt sid ${options.sid} for attempt ${String(attempt.n)} of ${options.channel} (${attempt.st}), if Agora confirms it`;
  const fact = { ...factOn(attempt, "candidateSid"), sid: options.sid };
  await order(context, options, { action: "adopt", preview, ref, fact });
}

interface Order {
  readonly action: "rotate" | "adopt" | "retry";
  readonly preview: string;
  readonly ref: ChannelRef;
  readonly fact: Omit<PendingFact, "atMs">;
}

/** Asks, writes the order into the audit, then leaves it for the next decision, which is due at once. */
async function order(context: CommandContext, options: ChangeOptions & { readonly channel: string }, what: Order) {
  const { deployment, terminal } = context;
  const author = authorOf(options, terminal);
  await confirm(context, options, { preview: what.preview });
  const fact: PendingFact = { ...what.fact, atMs: await deployment.store.nowMs() };
  const target = `channel:${options.channel}`;
  await deployment.store.auditAction({
    action: what.action,
    target,
    author,
    reason: options.reason,
    after: JSON.stringify(fact),
  });
  const reply = await deployment.store.fact(what.ref, fact);
  if (options.output === "json") terminal.out(JSON.stringify({ ordered: what.action, target, reply }));
  else terminal.out(`ordered: ${what.preview}`);
  await tellIfUncopied(context);
}

async function readChannel(
  { deployment }: CommandContext,
  word: string,
): Promise<{ readonly ref: ChannelRef; readonly record: ChannelRecord }> {
  const { appId, channelName } = parseChannel(word, deployment.policy);
  const ref = { appId, channelName };
  const reading = await deployment.store.readChannel(ref);
  if (reading === undefined) throw notFound(`channel ${word} is not known: nobody was ever seen in it`);
  return { ref, record: reading.view.record };
}

function slotOf({ slot }: { readonly slot: string }): "primary" | "secondary" {
  if (slot === "primary" || slot === "secondary") return slot;
  throw usageError(`--slot ${slot}: expected primary or secondary`);
}

function factOn({ mode, n, session, slot, uid }: Attempt, kind: PendingFact["kind"]): Order["fact"] {
  return { kind, mode, n, session, slot, uid };
}

function refused(message: string): CliError {
  return new CliError(message, exitCodes.refused);
}
