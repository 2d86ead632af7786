import { attemptStates, lifecycleTypes, slotNames, type LifecycleFact } from "@autorec/events";
import {
  controlModes,
  recordSchemaVersion,
  type Attempt,
  type PendingFact,
  type Session,
  type Slot,
  type Want,
} from "@autorec/domain";
import { z } from "zod";

// What this code has written, as it must be found again. A field that is not known here is kept as it is, and written again by
// the next commit: while versions change, an older process works on what a newer one has written, or must take it over again.
// So a field that may be ignored is added as it is; any other change of shape is a change of `schemaVersion`.

const atMs = z.number();
const count = z.int().nonnegative();
const uid = z.int().positive();
const mode = z.enum(["individual", "mix", "web"]);

/** The one version that is read; another is refused, never guessed. */
export const storedSchemaVersion = z.literal(String(recordSchemaVersion));

/** Field `want` of a channel. */
export const storedWant = z.looseObject({
  on: z.boolean(),
  cause: z.string(),
  sessionId: z.string().exactOptional(),
  graceUntilMs: atMs.exactOptional(),
  ruleHash: z.string().exactOptional(),
  ruleName: z.string().exactOptional(),
  control: z.enum(controlModes).exactOptional(),
  killSwitchRev: z.number().exactOptional(),
}) satisfies z.ZodType<Want>;

/** Field `slots.<name>` of a channel. */
export const storedSlot = z.looseObject({
  resp: count,
  nextK: count,
  backoffStep: count,
  nextClaimAtMs: atMs,
  blockedUntilMs: atMs.exactOptional(),
  blockedCause: z.string().exactOptional(),
  blockedRuleHash: z.string().exactOptional(),
  earlyDeaths: count.exactOptional(),
  loopBlocks: count.exactOptional(),
}) satisfies z.ZodType<Slot>;

/** Field `sessions.<id>` of a channel. */
export const storedSession = z.looseObject({
  id: z.string(),
  openedAtMs: atMs,
  closedAtMs: atMs.exactOptional(),
  cause: z.string(),
}) satisfies z.ZodType<Session>;

/** Field `attempts.<n>` of a channel, and the value of a snapshot. */
export const storedAttempt = z.looseObject({
  n: z.int().positive(),
  slot: z.enum(slotNames),
  session: z.string(),
  k: count,
  uid,
  mode,
  ruleHash: z.string(),
  maxIdleMs: z.number(),
  coverAfterMs: z.number(),
  st: z.enum(attemptStates),
  claimedAtMs: atMs,
  resourceId: z.string().exactOptional(),
  host: z.string().exactOptional(),
  acquireSentAtMs: atMs.exactOptional(),
  acquireAnsweredAtMs: atMs.exactOptional(),
  resourceDeadAtMs: atMs.exactOptional(),
  startSends: count,
  ambiguous: z.boolean(),
  retryStep: z.looseObject({
    acquire: count,
    start: count,
    wait: count,
    query: count,
    stop: count,
    limited: count.exactOptional(),
    maybeNotEnabled: count.exactOptional(),
  }),
  tokenIssuedAtS: count,
  tokenSalt: count,
  tokenLifeS: count,
  sid: z.string().exactOptional(),
  candidateSid: z.string().exactOptional(),
  knownUids: z.array(uid),
  newUidAtMs: atMs.exactOptional(),
  unmetSinceMs: atMs.exactOptional(),
  liveAtMs: atMs.exactOptional(),
  bornAtMs: atMs.exactOptional(),
  rebuiltAtMs: atMs.exactOptional(),
  confAtMs: atMs.exactOptional(),
  controlErrorsAtMs: z.array(atMs),
  lastAliveAtMs: atMs.exactOptional(),
  lastQuerySentAtMs: atMs.exactOptional(),
  everStatus5: z.boolean(),
  first404AtMs: atMs.exactOptional(),
  last404AtMs: atMs.exactOptional(),
  n404: count,
  stopAckAtMs: atMs.exactOptional(),
  exitSaidAtMs: atMs.exactOptional(),
  idleSaidAtMs: atMs.exactOptional(),
  endedIdle: z.boolean().exactOptional(),
  journaled: z.boolean(),
  controlLost: z.boolean(),
  rotating: z.boolean(),
  rotateAtMs: atMs.exactOptional(),
  storageErrorAtMs: atMs.exactOptional(),
  adoptUntilMs: atMs.exactOptional(),
  dueAtMs: atMs,
  tries: count,
  closedAtMs: atMs.exactOptional(),
  orphanSeenAtMs: atMs.exactOptional(),
  cause: z.string().exactOptional(),
  waitingFor: z.enum(["quota_workers", "quota_requests"]).exactOptional(),
}) satisfies z.ZodType<Attempt>;

/** Field `fact.<n>.<kind>.…` of a channel, which anybody may leave. */
export const storedFact = z.looseObject({
  n: z.int().positive(),
  kind: z.enum([
    "sid",
    "stopAccepted",
    "newUid",
    "candidateSid",
    "exitSaid",
    "idleSaid",
    "storageError",
    "rotate",
    "retry",
  ]),
  slot: z.enum(slotNames),
  session: z.string(),
  uid,
  mode,
  resourceId: z.string().exactOptional(),
  sid: z.string().exactOptional(),
  newUid: uid.exactOptional(),
  errorCode: z.int().exactOptional(),
  atMs,
}) satisfies z.ZodType<PendingFact>;

/** One fact of an outbox entry, before it gets its event id. */
export const storedLifecycleFact = z.looseObject({
  type: z.enum(lifecycleTypes),
  atMs,
  sessionId: z.string(),
  slot: z.enum(slotNames).exactOptional(),
  attempt: z.int().positive().exactOptional(),
  recorderUid: uid.exactOptional(),
  sid: z.string().exactOptional(),
  resourceId: z.string().exactOptional(),
  state: z.enum(attemptStates).exactOptional(),
  previousState: z.enum(attemptStates).exactOptional(),
  cause: z.string().exactOptional(),
  detail: z.string().exactOptional(),
  billedMsMax: z.number().nonnegative().exactOptional(),
}) satisfies z.ZodType<LifecycleFact>;

/** One entry of the outbox: what one commit or one collection has to tell Kafka. */
export interface StoredOutboxEntry {
  readonly lifecycle: readonly LifecycleFact[];
  readonly snapshots: readonly Attempt[];
  /** Attempts that ended for good: their snapshots get a null value. */
  readonly removed: readonly number[];
}

/** Field `entry` of the outbox stream; strict: what is not understood here would not be relayed. */
export const storedOutboxEntry = z.strictObject({
  lifecycle: z.array(storedLifecycleFact),
  snapshots: z.array(storedAttempt),
  removed: z.array(z.int().positive()),
}) satisfies z.ZodType<StoredOutboxEntry>;
