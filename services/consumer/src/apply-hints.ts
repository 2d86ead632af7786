import type { Attempt, PendingFact } from "@autorec/domain";
import type { RecordingHint } from "@autorec/events";
import { decodeRecordingEvent } from "@autorec/events/schema";
import type { ChannelRef, SessionStore } from "@autorec/session-store";
import type { ApplyBatchDeps, BatchOutcome } from "./apply-batch.ts";
import { bury } from "./bury.ts";
import type { InputBatch } from "./input-record.ts";
import { keepTrying } from "./keep-trying.ts";
import type { DeadRecord } from "./sort-records.ts";

/** What the intake of Agora's recording notifications works with. */
export interface ApplyHintsDeps extends Pick<
  ApplyBatchDeps,
  "apps" | "sendDeadLetters" | "lookAt" | "storeHealth" | "kafkaHealth" | "clock"
> {
  readonly store: Pick<SessionStore, "applyPresence" | "readChannel" | "fact" | "nowMs">;
  readonly observer: HintObserver;
}

/** Told what became of each notification; must not throw. */
export interface HintObserver {
  hinted(result: "applied" | "stale" | "ignored"): void;
  /** A sid was named for a recorder whose own start did not tell it. */
  candidate(ref: ChannelRef, attempt: Attempt, sid: string): void;
  deadLettered(dead: DeadRecord): void;
}

/** An event of Agora's may be so much older than the acquire that it names, by Agora's clock and ours. */
const clockToleranceMs = 60_000;

/**
 * Makes a batch of `agora.recording-events` durable: each notification becomes facts and looks for the attempt that it is
 * about, or nothing. Only after `durable` may the offsets be committed; to do it again changes nothing.
 */
export async function applyHints(batch: InputBatch, deps: ApplyHintsDeps, signal: AbortSignal): Promise<BatchOutcome> {
  const dead: DeadRecord[] = [];
  for (const record of batch.records) {
    const decoded = decodeRecordingEvent({
      value: record.value,
      headers: record.headers,
      offset: record.offset,
      receivedAtMs: record.timestampMs,
      nowMs: deps.clock.nowMs(),
      apps: deps.apps.appIds,
      ...(deps.apps.onlyAppId === undefined ? {} : { onlyAppId: deps.apps.onlyAppId }),
    });
    if (decoded.kind === "dead") {
      dead.push({ record, source: "agora", code: decoded.code, message: decoded.message });
      continue;
    }
    if (decoded.kind === "ignored") {
      deps.observer.hinted("ignored");
      continue;
    }
    const tried = await keepTrying(() => applyHint(decoded.hint, deps), {
      signal,
      clock: deps.clock,
      health: deps.storeHealth,
      isFinal: (err) => Promise.resolve(isUnreadable(err)),
    });
    if (tried.kind === "abandoned") return { kind: "abandoned" };
    if (tried.kind === "refused") {
      const message = tried.error instanceof Error ? tried.error.message : "unknown failure";
      dead.push({ record, source: "agora", code: "REC_RECORD_SCHEMA", message });
    } else deps.observer.hinted(tried.value);
  }
  return (await bury(dead, deps, signal)) ? { kind: "durable", held: false } : { kind: "abandoned" };
}

async function applyHint(hint: RecordingHint, deps: ApplyHintsDeps): Promise<"applied" | "stale"> {
  const ref: ChannelRef = { appId: hint.appId, channelName: hint.channelName };
  const reading = await deps.store.readChannel(ref);
  const attempts = Object.values(reading?.view.record.attempts ?? {});
  const known = attempts.find(({ sid }) => sid === hint.sid);
  const candidate = known === undefined ? attempts.find((attempt) => mayBeItsSid(attempt, hint)) : undefined;
  const atMs = reading?.nowMs ?? 0;
  const facts =
    known === undefined
      ? candidate === undefined
        ? []
        : [{ ...factOn(candidate, "candidateSid", atMs), sid: hint.sid }]
      : factsOf(hint, known, atMs);
  for (const fact of facts) await deps.store.fact(ref, fact);
  if (candidate !== undefined) deps.observer.candidate(ref, candidate, hint.sid);
  const isLook = known !== undefined && hint.look;
  if (isLook) await deps.store.applyPresence(ref, { events: [{ kind: "look" }] });
  if (!isLook && facts.length === 0) return "stale";
  deps.lookAt(ref);
  return "applied";
}

/** protocol.md §8: the uid is that of an attempt without a sid, and the event is no echo of an older one. The query comes later. */
function mayBeItsSid(attempt: Attempt, hint: RecordingHint): boolean {
  const lacksSid = attempt.st === "READY" || attempt.st === "GHOST" || attempt.st === "DOUBT";
  const isItsUid = attempt.uid === hint.uid || attempt.knownUids.includes(hint.uid);
  const isRecent = hint.sentAtMs >= (attempt.acquireSentAtMs ?? Infinity) - clockToleranceMs;
  return lacksSid && isItsUid && isRecent && attempt.candidateSid !== hint.sid;
}

function factsOf(hint: RecordingHint, attempt: Attempt, atMs: number): readonly PendingFact[] {
  const about = (kind: PendingFact["kind"]): PendingFact => ({ ...factOn(attempt, kind, atMs), sid: hint.sid });
  const { exitSaid, idleSaid, newUid, storageError } = hint;
  const isNew = newUid !== undefined && !attempt.knownUids.includes(newUid);
  return [
    ...(isNew ? [{ ...about("newUid"), newUid }] : []),
    ...(exitSaid === undefined ? [] : [about("exitSaid")]),
    ...(idleSaid === undefined ? [] : [about("idleSaid")]),
    ...(storageError === undefined ? [] : [{ ...about("storageError"), errorCode: storageError }]),
  ];
}

function factOn({ mode, n, session, slot, uid }: Attempt, kind: PendingFact["kind"], atMs: number): PendingFact {
  return { kind, mode, n, session, slot, uid, atMs };
}

/** A record that this version cannot read holds up no others; everything else about Redis passes. */
function isUnreadable(err: unknown): boolean {
  if (err instanceof TypeError || err instanceof RangeError) return true;
  return err instanceof Error && "code" in err && err.code === "REC_RECORD_SCHEMA";
}
