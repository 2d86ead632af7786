import { z } from "zod";
import type { HistoryLine } from "./history-line.ts";

/** What came of reading a line. */
export type ParsedHistoryLine =
  | { readonly kind: "line"; readonly line: HistoryLine }
  /** A kind that this version does not know. */
  | { readonly kind: "ignored" }
  | { readonly kind: "invalid"; readonly message: string };

/** Reads one parsed JSON value as a history line; never throws, keeps no field that it does not know (settings apart). */
export function parseHistoryLine(value: unknown): ParsedHistoryLine {
  const kind = kindOnly.safeParse(value);
  if (!kind.success) return { kind: "invalid", message: z.prettifyError(kind.error) };
  if (!knownKinds.has(kind.data.kind)) return { kind: "ignored" };
  const line = lineSchema.safeParse(value);
  return line.success ? { kind: "line", line: line.data } : { kind: "invalid", message: z.prettifyError(line.error) };
}

const kindOnly = z.object({ kind: z.string() });
const ms = z.number();
const base = { seq: z.number(), atMs: ms };
const text = z.string().exactOptional();
const whole = z.number().exactOptional();
const channel = { ...base, appId: text, channelName: z.string() };
const call = z.enum(["acquire", "start", "query", "update", "updateLayout", "stop", "other"]).catch("other");

const settingsSchema = z.looseObject({
  channelType: z.literal([0, 1]).exactOptional(),
  requestsPerSecond: whole,
  workers: whole,
  migrationMs: whole,
  seed: z.union([z.number(), z.string()]).exactOptional(),
  client: z.record(z.string(), z.unknown()).exactOptional(),
  recoveries: z.array(z.object({ channel: z.string(), coverAfterMs: ms })).exactOptional(),
});

const lineSchema = z.discriminatedUnion("kind", [
  z.object({
    ...base,
    kind: z.literal("simulation-started"),
    version: z.string().catch("unknown"),
    settings: settingsSchema,
  }),
  z.object({ ...channel, kind: z.literal("participant-joined"), uid: z.number() }),
  z.object({ ...channel, kind: z.literal("participant-left"), uid: z.number(), reason: whole }),
  z.object({
    ...channel,
    kind: z.literal("recorder-joined"),
    uid: z.number(),
    sid: z.string(),
    resourceId: z.string(),
    mode: z.string(),
    cause: z.enum(["start", "migration", "unknown"]).catch("unknown"),
  }),
  z.object({
    ...channel,
    kind: z.literal("recorder-left"),
    uid: z.number(),
    sid: z.string(),
    cause: z.enum(["stop", "idle", "killed", "migration", "expired", "unknown"]).catch("unknown"),
  }),
  z.object({
    ...base,
    kind: z.literal("request"),
    appId: text,
    channelName: text,
    requestId: z.string(),
    client: text,
    startedAtMs: ms,
    call,
    uid: whole,
    sid: text,
    resourceId: text,
    status: whole,
    code: whole,
    recorderStatus: whole,
    applied: z.boolean(),
    answered: z.boolean(),
    durationMs: ms,
    fault: text,
  }),
  z.object({
    ...channel,
    kind: z.literal("event"),
    eventType: z.number(),
    uid: whole,
    clientSeq: z.union([z.string().regex(/^\d+$/), z.int().transform(String)]).exactOptional(),
    noticeId: text,
    reason: whole,
    clientType: whole,
    copies: whole,
    dropped: z.boolean(),
    ackedAtMs: whole,
  }),
  z.object({
    ...base,
    kind: z.literal("fault"),
    fault: z.string(),
    phase: z.enum(["armed", "applied", "ended"]).catch("applied"),
    appId: text,
    channelName: text,
    call: call.exactOptional(),
    uid: whole,
    sid: text,
    requestId: text,
    status: whole,
    code: whole,
    delayMs: whole,
    silent: z.boolean().exactOptional(),
    harm: text,
  }),
  z.object({
    ...base,
    kind: z.literal("note"),
    note: z.string(),
    role: z.enum(["consumer", "watchdog", "other"]).catch("other").exactOptional(),
    instanceId: text,
  }),
]);

const knownKinds: ReadonlySet<string> = new Set(lineSchema.options.map((option) => option.shape.kind.value));
