import { scopeWord, switchSchemaVersion } from "@autorec/domain";
import type { ControlMode, ControlScope, ControlSwitch } from "@autorec/domain";
import { z } from "zod";
import { type ChannelRef, memberOf } from "./channel-ref.ts";
import { redisNowMs } from "./outbox.ts";
import { clock, pairs } from "./reply-schema.ts";
import type { StoreContext } from "./store-context.ts";
import { StoreError } from "./store-error.ts";
import { type AuditAction, type AuditRecord, storedAudit, storedSwitch } from "./stored-control.ts";

/** Every switch that is thrown, expired ones too, as one read saw them. */
export interface ControlReading {
  readonly switches: readonly ControlSwitch[];
  /** Grows with every change; 0 = no switch was ever thrown. */
  readonly revision: number;
  /** Changes when Redis has lost the switches. */
  readonly born?: string;
  readonly nowMs: number;
}

/** Who throws a switch, and why. */
export interface ControlChange {
  readonly scope: ControlScope;
  readonly mode: ControlMode;
  readonly reason: string;
  readonly author: string;
  readonly untilMs?: number;
}

/** What lifting a switch found. */
export type LiftResult = { readonly kind: "lifted"; readonly before: ControlSwitch } | { readonly kind: "absent" };

/** The audit forgets its oldest entries beyond this, so that it can never fill Redis. */
const auditEntriesMax = 100_000;
/** Others who change switches at the same moment are few: an author that meets so many gives up. */
const conflictsMax = 20;
/** Members of one call, so that the script stays short. */
const membersMax = 500;

const writeReply = z.object({ reply: z.enum(["written", "conflict"]), ...clock });
const restoreReply = z.object({ reply: z.enum(["restored", "known"]), ...clock });
const spreadReply = z.object({ reply: z.enum(["spread", "known"]), ...clock });
const auditFields = z.object({ entry: z.string() });

/** The switches as they are stored. Throws `REC_RECORD_SCHEMA` when one cannot be understood: then nothing may be started. */
export async function readControl(context: StoreContext): Promise<ControlReading> {
  const [nowMs, fields] = await Promise.all([
    redisNowMs(context),
    context.call("hgetall", (client) => client.hgetall(context.keys.control.switches)),
  ]);
  const switches = Object.entries(fields)
    .filter(([field]) => field.startsWith("s:"))
    .map(([field, json]) => parseStored(storedSwitch, json, `switch ${field.slice(2)}`));
  const { born, rev } = fields;
  return { switches, revision: Number(rev ?? 0), ...(born === undefined ? {} : { born }), nowMs };
}

/** Throws a switch, or changes the one of that scope. */
export async function throwSwitch(
  context: StoreContext,
  change: ControlChange,
): Promise<{ readonly before?: ControlSwitch; readonly after: ControlSwitch }> {
  return changing(context, async (reading) => {
    const { author, mode, reason, scope, untilMs } = change;
    const before = switchOf(reading, scopeWord(scope));
    const revision = nextRevision(reading);
    const after: ControlSwitch = {
      schemaVersion: switchSchemaVersion,
      revision,
      scope,
      mode,
      reason,
      author,
      sinceMs: reading.nowMs,
      ...(untilMs === undefined ? {} : { untilMs }),
    };
    const why = { action: "pause", author, reason } as const;
    const isWritten = await write(context, reading, { why, revision, target: scopeWord(scope), before, after });
    return isWritten ? { after, ...(before === undefined ? {} : { before }) } : undefined;
  });
}

/** Lifts the switch of a scope; with `expired` only while it is the one that has ended by itself. */
export async function liftSwitch(
  context: StoreContext,
  target: string,
  by: { readonly author: string; readonly reason: string; readonly expired?: ControlSwitch },
): Promise<LiftResult> {
  return changing(context, async (reading) => {
    const before = switchOf(reading, target);
    const isAnother = by.expired !== undefined && before?.revision !== by.expired.revision;
    if (before === undefined || isAnother) return { kind: "absent" };
    const action = by.expired === undefined ? "resume" : "expire";
    const why = { action, author: by.author, reason: by.reason } as const;
    const change = { why, revision: nextRevision(reading), target, before, after: undefined };
    return (await write(context, reading, change)) ? { kind: "lifted", before } : undefined;
  });
}

/**
 * Puts back what Redis has lost: what this process still knows, or (without `born`) what the journal does. With `revision` also
 * what a Redis that went back in time does not know yet, be it that a switch was lifted.
 */
export async function restoreSwitches(
  context: StoreContext,
  known: {
    readonly switches: readonly ControlSwitch[];
    readonly born?: string;
    readonly revision?: number;
    readonly author: string;
  },
): Promise<"restored" | "known"> {
  const { author, born, switches } = known;
  const revision = known.revision ?? Math.max(0, ...switches.map((each) => each.revision));
  if (revision === 0) return "known";
  const record: AuditRecord = {
    schemaVersion: 1,
    action: "restore",
    target: switches.map(({ scope }) => scopeWord(scope)).join(", "),
    author,
    reason: "Redis had lost what its switches said",
    atMs: await redisNowMs(context),
    after: JSON.stringify(switches),
  };
  const list = switches.flatMap((each) => [scopeWord(each.scope), JSON.stringify(each)]);
  const reply = await context.scripts.run(
    "restore-control",
    {
      keys: [context.keys.control.switches, context.keys.control.audit],
      args: [born ?? "", revision, JSON.stringify(record), auditEntriesMax, ...list],
    },
    restoreReply,
  );
  return reply.reply;
}

/** Writes down what an operator did that is no switch. */
export async function auditAction(
  context: StoreContext,
  did: Omit<AuditRecord, "schemaVersion" | "atMs">,
): Promise<void> {
  const entry: AuditRecord = { schemaVersion: 1, ...did, atMs: await redisNowMs(context) };
  const { audit } = context.keys.control;
  await context.call("xadd", (client) =>
    client.xadd(audit, "MAXLEN", "~", auditEntriesMax, "*", "entry", JSON.stringify(entry)),
  );
}

/** The newest entries of the audit, newest first. */
export async function readAudit(context: StoreContext, max: number): Promise<readonly AuditRecord[]> {
  const { audit } = context.keys.control;
  const entries = await context.call("xrevrange", (client) => client.xrevrange(audit, "+", "-", "COUNT", max));
  return entries.map(([id, list]) => {
    const fields = auditFields.safeParse(Object.fromEntries(pairs.parse(list)));
    return parseStored(storedAudit, fields.success ? fields.data.entry : "", `audit entry ${id}`);
  });
}

/** Makes channels of a shard due one after the other, once per revision of the switches. */
export async function spreadDue(
  context: StoreContext,
  shard: number,
  order: {
    readonly refs: readonly ChannelRef[];
    readonly revision: number;
    readonly firstMs: number;
    readonly stepMs: number;
  },
): Promise<"spread" | "known"> {
  const keys = context.keys.shard(shard);
  const { firstMs, refs, revision, stepMs } = order;
  for (let i = 0; ; i += membersMax) {
    const members = refs.slice(i, i + membersMax).map(memberOf);
    const isLast = i + membersMax >= refs.length;
    const { reply } = await context.scripts.run(
      "spread-due",
      {
        keys: [keys.due, keys.rulesChangedAt, keys.controlSeen],
        args: [revision, firstMs + i * stepMs, stepMs, isLast ? 1 : 0, ...members],
      },
      spreadReply,
    );
    if (isLast || reply === "known") return reply;
  }
}

/** Reads, lets the author decide, and again when somebody else was faster. */
async function changing<T>(
  context: StoreContext,
  change: (reading: ControlReading) => Promise<T | undefined>,
): Promise<T> {
  for (let conflicts = 0; conflicts < conflictsMax; conflicts += 1) {
    const done = await change(await readControl(context));
    if (done !== undefined) return done;
  }
  throw new StoreError(`the switches were changed by others ${conflictsMax} times in a row; try again`, {
    code: "REC_REDIS_REFUSED",
    retry: "retry",
  });
}

async function write(
  context: StoreContext,
  reading: ControlReading,
  change: {
    readonly why: { readonly action: AuditAction; readonly author: string; readonly reason: string };
    readonly revision: number;
    readonly target: string;
    readonly before: ControlSwitch | undefined;
    readonly after: ControlSwitch | undefined;
  },
): Promise<boolean> {
  const { after, before, revision, target, why } = change;
  const record: AuditRecord = {
    schemaVersion: 1,
    ...why,
    target,
    atMs: reading.nowMs,
    ...(before === undefined ? {} : { before: JSON.stringify(before) }),
    ...(after === undefined ? {} : { after: JSON.stringify(after) }),
  };
  const json = after === undefined ? "" : JSON.stringify(after);
  const { reply } = await context.scripts.run(
    "set-control",
    {
      keys: [context.keys.control.switches, context.keys.control.audit],
      args: [reading.revision, revision, target, json, JSON.stringify(record), auditEntriesMax],
    },
    writeReply,
  );
  return reply === "written";
}

function switchOf(reading: ControlReading, target: string): ControlSwitch | undefined {
  return reading.switches.find(({ scope }) => scopeWord(scope) === target);
}

/** Never repeats and never goes back, even after a loss of Redis. */
function nextRevision(reading: ControlReading): number {
  return Math.max(reading.revision + 1, reading.nowMs);
}

function parseStored<T>(schema: z.ZodType<T>, json: string, what: string): T {
  const parsed = schema.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  throw new StoreError(`${what} is not what autorec writes; a newer version may have written it`, {
    code: "REC_RECORD_SCHEMA",
    retry: "terminal",
    cause: parsed.error,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined, and the error names the record.
    return undefined;
  }
}
