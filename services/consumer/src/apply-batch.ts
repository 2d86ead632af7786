import type { ChannelRef, ClaimedChannel, ClaimOptions, PresenceResult, SessionStore } from "@autorec/session-store";
import type { Clock } from "@autorec/service-kit";
import { bury } from "./bury.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { DependencyHealth } from "./dependency-health.ts";
import { forEachBounded } from "./for-each-bounded.ts";
import { hasReached } from "./input-record.ts";
import type { InputBatch } from "./input-record.ts";
import { keepTrying } from "./keep-trying.ts";
import type { Tried } from "./keep-trying.ts";
import { sortRecords } from "./sort-records.ts";
import type { ChannelGroup, DeadRecord, KnownApps, SortedRecords } from "./sort-records.ts";

/** Channels whose presence is written at the same time: enough to fill one round trip to Redis. */
const channelsAtOnceMax = 32;
/** A refusal that lasts this many tries is no passing one. */
const refusedTriesMin = 5;

export interface ApplyBatchDeps {
  readonly apps: KnownApps;
  readonly store: Pick<SessionStore, "applyPresence">;
  /** Resolves when every replica of the dead-letter topic has the letters. */
  readonly sendDeadLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  /** Asks for a look at the channel. Answers at once: presence waits for Redis and Kafka, never for Agora. */
  readonly lookAt: (ref: ChannelRef) => void;
  /** Keeps a turn for a look that may begin with what the same step of Redis has claimed; undefined when none is free. */
  readonly keepTurn: (ref: ChannelRef) => LookTurn | undefined;
  /** Whether Redis answers other questions: then a refusal belongs to the channel it was met at. */
  readonly storeAnswers: () => Promise<boolean>;
  readonly storeHealth: DependencyHealth;
  readonly kafkaHealth: DependencyHealth;
  readonly clock: Clock;
  readonly observer: BatchObserver;
}

/** A look that has its claim before it begins. */
export interface LookTurn {
  readonly claim: ClaimOptions;
  /** Works on what the claim got, beside the reading of events; `askedAtMs`: monotonic time at which it was last sent. */
  begin(granted: ClaimedChannel, askedAtMs: number): void;
  /** The claim got nothing. */
  giveBack(): void;
  /** Nobody will know what the claim got: a lease that it may have is given back, or nobody would work for as long as it holds. */
  abandon(): void;
}

/** Told what became of the records; must not throw. */
export interface BatchObserver {
  sorted(batch: InputBatch, sorted: SortedRecords): void;
  applied(group: ChannelGroup, counts: { readonly applied: number; readonly stale: number }): void;
  held(ref: ChannelRef): void;
  /** So many uids of the recorders' range, none met before, whose joins name no recording client. */
  reservedUidUsed(ref: ChannelRef, count: number): void;
  deadLettered(dead: DeadRecord): void;
}

/** `durable`: every record is in Redis or on the dead-letter topic. `abandoned`: not known; the batch has to come again. */
export type BatchOutcome = { readonly kind: "durable"; readonly held: boolean } | { readonly kind: "abandoned" };

/**
 * Makes a batch durable: the presence of each channel in one script call, channels side by side, events of one in order; then
 * what cannot be read to the dead-letter topic. Only after `durable` may the offsets be committed. Safe to repeat.
 */
export async function applyBatch(batch: InputBatch, deps: ApplyBatchDeps, signal: AbortSignal): Promise<BatchOutcome> {
  const sorted = sortRecords(batch.records, { apps: deps.apps, nowMs: deps.clock.nowMs() });
  deps.observer.sorted(batch, sorted);
  const dead: DeadRecord[] = [...sorted.dead];
  const abandoned: ChannelGroup[] = [];
  await forEachBounded(sorted.groups, channelsAtOnceMax, async (group) => {
    if (abandoned.length > 0) return;
    const outcome = await applyGroup(group, { batch, deps, signal });
    if (outcome === "abandoned") abandoned.push(group);
    else if (outcome !== "applied") dead.push(...deadOf(group, outcome.refused));
  });
  if (abandoned.length > 0) return { kind: "abandoned" };
  const buried = await bury(dead, deps, signal);
  return buried ? { kind: "durable", held: sorted.groups.some((group) => group.hold) } : { kind: "abandoned" };
}

interface ApplyContext {
  readonly batch: InputBatch;
  readonly deps: ApplyBatchDeps;
  readonly signal: AbortSignal;
}

async function applyGroup(
  group: ChannelGroup,
  context: ApplyContext,
): Promise<"applied" | "abandoned" | { readonly refused: unknown }> {
  const { batch, deps } = context;
  const isHeld = group.hold && !hasReached(batch.nextOffset, batch.endOffset);
  const turn = isHeld ? undefined : deps.keepTurn(group.ref);
  const { askedAtMs, tried } = await applyPresence(group, turn?.claim, context);
  const granted = tried.kind === "done" ? tried.value.granted : undefined;
  if (granted !== undefined) turn?.begin(granted, askedAtMs);
  else if (tried.kind === "abandoned") turn?.abandon();
  else turn?.giveBack();
  if (tried.kind === "abandoned") return "abandoned";
  if (tried.kind === "refused") return { refused: tried.error };
  const { applied, changed, leaseHeld, stale, strangers } = tried.value;
  deps.observer.applied(group, { applied, stale });
  if (strangers > 0) deps.observer.reservedUidUsed(group.ref, strangers);
  if (isHeld) deps.observer.held(group.ref);
  if (granted !== undefined) return "applied";
  // A lost answer may have been the one that said "changed". Whoever holds the lease sees the new revision by itself; a
  // channel that is held back waits for the end of its partition.
  if ((changed || tried.tries > 1) && !leaseHeld && !isHeld) deps.lookAt(group.ref);
  return "applied";
}

/** `askedAtMs`: monotonic time at which the try that succeeded was sent. */
async function applyPresence(
  group: ChannelGroup,
  claim: ClaimOptions | undefined,
  { batch, deps, signal }: ApplyContext,
): Promise<{ readonly tried: Tried<PresenceResult>; readonly askedAtMs: number }> {
  const { partition } = batch;
  const update = {
    events: group.events,
    ...(group.hold ? { hold: { partition, offset: batch.endOffset } } : {}),
    appliedOffset: { partition, offset: batch.nextOffset },
    ...(claim === undefined ? {} : { claim }),
  };
  let askedAtMs = 0;
  const apply = (): Promise<PresenceResult> => {
    askedAtMs = deps.clock.monotonicMs();
    return deps.store.applyPresence(group.ref, update);
  };
  const tried = await keepTrying(apply, {
    signal,
    clock: deps.clock,
    health: deps.storeHealth,
    isFinal: (err, tries) => isChannelsOwnFault(err, tries, deps),
  });
  return { tried, askedAtMs };
}

/** A record in Redis that nobody can read must not stop the whole partition; credentials that expired must. */
async function isChannelsOwnFault(err: unknown, tries: number, deps: ApplyBatchDeps): Promise<boolean> {
  if (err instanceof TypeError || err instanceof RangeError) return true;
  if (!(err instanceof Error) || !("retry" in err) || err.retry !== "terminal") return false;
  if ("code" in err && err.code === "REC_RECORD_SCHEMA") return true;
  return tries >= refusedTriesMin && (await deps.storeAnswers());
}

function deadOf(group: ChannelGroup, error: unknown): readonly DeadRecord[] {
  const code = error instanceof Error && "code" in error ? String(error.code) : "REC_BUG";
  const message = error instanceof Error ? error.message : "unknown failure";
  return group.records.map((record) => ({ record, source: group.source, code, message }));
}
