import { controlModes, switchSchemaVersion } from "@autorec/domain";
import type { ControlScope, ControlSwitch } from "@autorec/domain";
import { z } from "zod";

// Strict, other than records: an order that is understood by half must not be followed, nor lost by the next change.

const appId = z.string();
const name = z.string();

const storedScope = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("app"), app: name, appId }),
  z.strictObject({ kind: z.literal("rule"), rule: name }),
  z.strictObject({ kind: z.literal("channel"), app: name, appId, channelName: name }),
]) satisfies z.ZodType<ControlScope>;

/** Field `s:<scope>` of the switches, and the value of `control/<scope>` in the journal. */
export const storedSwitch = z.strictObject({
  schemaVersion: z.literal(switchSchemaVersion),
  revision: z.int().nonnegative(),
  scope: storedScope,
  mode: z.enum(controlModes),
  reason: z.string(),
  author: z.string(),
  sinceMs: z.number(),
  untilMs: z.number().exactOptional(),
}) satisfies z.ZodType<ControlSwitch>;

/** What operators have done, as the audit tells it. */
export const auditActions = ["pause", "resume", "expire", "restore", "rotate", "adopt", "retry"] as const;
/** One of `auditActions`. */
export type AuditAction = (typeof auditActions)[number];

/** One entry of the audit: who did what to what, why, and what was there before and after. */
export interface AuditRecord {
  readonly schemaVersion: 1;
  readonly action: AuditAction;
  /** Scope of a switch, or `channel:APP/CHANNEL`. */
  readonly target: string;
  readonly author: string;
  readonly reason: string;
  /** Redis clock as the author read it. */
  readonly atMs: number;
  readonly before?: string;
  readonly after?: string;
}

/** Field `entry` of the audit stream. */
export const storedAudit = z.strictObject({
  schemaVersion: z.literal(1),
  action: z.enum(auditActions),
  target: z.string(),
  author: z.string(),
  reason: z.string(),
  atMs: z.number(),
  before: z.string().exactOptional(),
  after: z.string().exactOptional(),
}) satisfies z.ZodType<AuditRecord>;
