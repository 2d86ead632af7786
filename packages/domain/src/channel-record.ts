import type { AttemptState, SlotName } from "@autorec/events";
import type { ControlMode } from "./control.ts";
import type { RecordingMode } from "./rule.ts";

/** The version of the stored record that this code reads and writes; another one is refused, never guessed. */
export const recordSchemaVersion = 1;

/** How often each kind of answer was met since the last success; `wait` and `limited` count first for acquire, then for start. */
export interface RetrySteps {
  readonly acquire: number;
  readonly start: number;
  /** Refusals before execution. */
  readonly wait: number;
  readonly query: number;
  readonly stop: number;
  /** Answers of the kinds that mean `never` after so many of them; absent means none. */
  readonly limited?: number;
  /** Answers of acquire that may mean that the service is not enabled; absent means none. */
  readonly maybeNotEnabled?: number;
}

/** One try to record a channel in a slot: one attempt = one uid = one resourceId, none of them ever replaced. */
export interface Attempt {
  readonly n: number;
  readonly slot: SlotName;
  readonly session: string;
  readonly k: number;
  readonly uid: number;
  readonly mode: RecordingMode;
  readonly ruleHash: string;
  /** Of the rule at CLAIMED; bounds the life of a recorder that nobody can stop. */
  readonly maxIdleMs: number;
  readonly coverAfterMs: number;
  readonly st: AttemptState;
  readonly claimedAtMs: number;
  readonly resourceId?: string;
  /** Base URL that acquire was answered by; start goes there and nowhere else. */
  readonly host?: string;
  readonly acquireSentAtMs?: number;
  readonly acquireAnsweredAtMs?: number;
  /** From here on no start on this resource can take effect; of an open attempt that was rebuilt, not before the rebuild (P8). */
  readonly resourceDeadAtMs?: number;
  /** Upper bound of the starts that Agora may have seen. */
  readonly startSends: number;
  readonly ambiguous: boolean;
  readonly retryStep: RetrySteps;
  /** Fixed at CLAIMED, so that every send of this attempt carries the same token without storing one. */
  readonly tokenIssuedAtS: number;
  readonly tokenSalt: number;
  readonly tokenLifeS: number;
  readonly sid?: string;
  /** A sid named by an event; adopted only after a query confirmed it. */
  readonly candidateSid?: string;
  readonly knownUids: readonly number[];
  /** When the newest of them was told of, after the first. */
  readonly newUidAtMs?: number;
  /** It was out of sight from then on, and may be there since with a uid that nobody has told. */
  readonly unmetSinceMs?: number;
  readonly liveAtMs?: number;
  /** Of one whose sid was learned late: it may have recorded since then (a send that may have worked, else its acquire), although its sid is known since `liveAtMs` only. */
  readonly bornAtMs?: number;
  /** When it came back after the loss of Redis: its confirmation counts from then, its life from `liveAtMs` on. */
  readonly rebuiltAtMs?: number;
  readonly confAtMs?: number;
  readonly controlErrorsAtMs: readonly number[];
  readonly lastAliveAtMs?: number;
  /** Send time of the last query that was answered at all, or the time at which one was put off; older than `lookAt` means due now. */
  readonly lastQuerySentAtMs?: number;
  readonly everStatus5: boolean;
  readonly first404AtMs?: number;
  readonly last404AtMs?: number;
  readonly n404: number;
  readonly stopAckAtMs?: number;
  /** Agora said that this recorder has left (event 11); only a 404 sent later makes it an end. */
  readonly exitSaidAtMs?: number;
  /** Agora said that it left because nobody was there (event 41, bit 4). */
  readonly idleSaidAtMs?: number;
  /** It lived as long as a recorder does that nobody joins, and ended. */
  readonly endedIdle?: boolean;
  readonly journaled: boolean;
  readonly controlLost: boolean;
  readonly rotating: boolean;
  /** When its planned successor is due; absent in records of older versions, where it follows from `claimedAtMs`. */
  readonly rotateAtMs?: number;
  /** The last time that Agora said it cannot store the files of this recorder. */
  readonly storageErrorAtMs?: number;
  readonly adoptUntilMs?: number;
  readonly dueAtMs: number;
  /** Looks since the state or the suspicion began; index into confirm and re-check steps. */
  readonly tries: number;
  readonly closedAtMs?: number;
  /** When its recorder was found running although it was closed; said once. */
  readonly orphanSeenAtMs?: number;
  readonly cause?: string;
  /** Why the next call of a CLAIMED or READY attempt has not left yet; gone with the next answer. */
  readonly waitingFor?: WaitCause;
}

/** What the account has too little of: workers, or requests per second. */
export type WaitCause = "quota_workers" | "quota_requests";

/** One recorder that the rule asks for: who answers for it, which uid comes next, and what forbids a claim. */
export interface Slot {
  /** Number of the attempt that answers for the slot; 0 = none. Stored, never derived. */
  readonly resp: number;
  readonly nextK: number;
  readonly backoffStep: number;
  readonly nextClaimAtMs: number;
  readonly blockedUntilMs?: number;
  readonly blockedCause?: string;
  readonly blockedRuleHash?: string;
  /** Recorders in a row that were accepted and died before they had recorded for a while; absent means none. */
  readonly earlyDeaths?: number;
  /** Blocks in a row for that reason: each is longer than the one before; absent means none. */
  readonly loopBlocks?: number;
}

/** As last decided; derived, never trusted over presence and rule. */
export interface Want {
  readonly on: boolean;
  readonly cause: string;
  readonly sessionId?: string;
  readonly graceUntilMs?: number;
  readonly ruleHash?: string;
  readonly ruleName?: string;
  /** What the operators' switches allowed as this was decided; absent means everything. */
  readonly control?: ControlMode;
  /** Revision of the switch that said so. */
  readonly killSwitchRev?: number;
}

/** One stretch of an occupied channel; closed when capture is no longer expected, which its attempts may outlive. */
export interface Session {
  readonly id: string;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
  readonly cause: string;
}

/**
 * What somebody without the lease has left for the next decision (script S6). `storageError` says that files of the attempt do
 * not arrive, `rotate` asks for a planned successor of attempt n, `retry` lifts whatever blocks the slot.
 */
export interface PendingFact {
  readonly n: number;
  readonly kind:
    "sid" | "stopAccepted" | "newUid" | "candidateSid" | "exitSaid" | "idleSaid" | "storageError" | "rotate" | "retry";
  readonly slot: SlotName;
  readonly session: string;
  readonly uid: number;
  readonly mode: RecordingMode;
  readonly resourceId?: string;
  readonly sid?: string;
  readonly newUid?: number;
  /** Of `storageError`: Agora's 32 (configuration), 47 (upload failed) or 51 (files not processed). */
  readonly errorCode?: number;
  readonly atMs: number;
}

/** Everything that a decision may change; all children of the channel, not of a session. */
export interface ChannelRecord {
  readonly schemaVersion: typeof recordSchemaVersion;
  readonly appId: string;
  readonly channelName: string;
  readonly want: Want;
  readonly slots: Readonly<Record<SlotName, Slot>>;
  readonly attempts: Readonly<Record<number, Attempt>>;
  readonly sessions: Readonly<Record<string, Session>>;
}

/** What script S1 has counted; decisions read it, they never write it. */
export interface PresenceSummary {
  /** Online participants: no recorders, no bots, nobody doubtful, no maybe-recorder. */
  readonly count: number;
  readonly hosts: number;
  /** When the last participant's leave was applied; absent while occupied and before the first join. */
  readonly emptySinceMs?: number;
  readonly graceReason?: number;
  readonly hostsEmptySinceMs?: number;
  readonly hostsGraceReason?: number;
  /** Those whom a recorder that waited for them did not meet: their leave was probably lost. Absent = nobody. */
  readonly doubtful?: { readonly count: number; readonly hosts: number; readonly sinceMs: number };
  /** Unknown uids that came while a recorder migrated: one of them may be that recorder. Absent = none. */
  readonly maybeRecorders?: number;
  /** When a recording client last came whose uid is no attempt's: one of ours that has moved, mostly. */
  readonly unknownRecorderAtMs?: number;
  /** Newest join time told by the sender, ms. */
  readonly newestJoinAtMs?: number;
  /** An old join holds the channel back until its partition has been read up to this offset. */
  readonly held?: { readonly partition: number; readonly offset: string };
}

/** A uid of ours, or of the reserved range. */
export interface SeenUid {
  readonly online: boolean;
  /** While it is online: when it came, as its sender says. */
  readonly joinedAtMs?: number;
}

/** One channel as a lease holder reads it, in one atomic step. */
export interface ChannelView {
  readonly record: ChannelRecord;
  readonly presence: PresenceSummary;
  /** The last reason to look at running recorders, ms of the Redis clock. */
  readonly lookAtMs?: number;
  readonly facts: readonly PendingFact[];
  /** Every uid of the reserved range that was ever seen or used here → whether it is in the channel now. */
  readonly reservedUids: ReadonlyMap<number, SeenUid>;
}
