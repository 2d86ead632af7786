import { stateWord } from "@autorec/domain";
import type { Attempt, ChannelRecord, StateWord } from "@autorec/domain";
import type { ChannelRef, SessionStore } from "@autorec/session-store";

/** Channels read at a time, so that a census never crowds the scripts that work. */
const readsAtOnceMax = 32;

/** How a recorder that may be live is counted; label `state` of `autorec_recorders`. */
export type RecorderState = "confirmed" | "unconfirmed" | "ghost";

/** What is true of all channels of the deployment now, by App ID. */
export interface Census {
  readonly channels: ReadonlyMap<string, ReadonlyMap<StateWord, number>>;
  readonly recorders: ReadonlyMap<string, ReadonlyMap<RecorderState, number>>;
}

/** How often channels and recorders are counted. */
const everyMs = 15_000;
/** Reading ten thousand channels costs seconds: whatever a count took, so many times as long nothing is counted. */
const restFactor = 20;
/** The count of a process that stood still meanwhile took hours by the clock, and cost nothing. */
const restMsMax = 600_000;

/** How long nothing is counted after a count that took so long. */
export function censusRestMs(tookMs: number): number {
  return Math.min(Math.max(everyMs, restFactor * tookMs), restMsMax);
}

/** Counts channels and recorders from what is stored; reads only, and equals what any other process would count. */
export async function takeCensus(from: {
  readonly store: Pick<SessionStore, "channelRefs" | "readChannel" | "nowMs">;
  readonly shardCount: number;
}): Promise<Census> {
  const nowMs = await from.store.nowMs();
  const channels = new Map<string, Map<StateWord, number>>();
  const recorders = new Map<string, Map<RecorderState, number>>();
  for (let shard = 0; shard < from.shardCount; shard += 1) {
    const refs = [...(await from.store.channelRefs(shard))];
    while (refs.length > 0) {
      const batch = refs.splice(0, readsAtOnceMax);
      const records = await Promise.all(batch.map((ref) => readRecord(from.store, ref)));
      for (const record of records.filter((each) => each !== undefined)) {
        count(channels, record.appId, stateWord(record, nowMs));
        for (const attempt of Object.values(record.attempts)) {
          const state = recorderState(attempt);
          if (state !== undefined) count(recorders, record.appId, state);
        }
      }
    }
  }
  return { channels, recorders };
}

/** A record that this version cannot read is told where it is worked on, not at each count. */
async function readRecord(
  store: Pick<SessionStore, "readChannel">,
  ref: ChannelRef,
): Promise<ChannelRecord | undefined> {
  try {
    return (await store.readChannel(ref))?.view.record;
  } catch (err) {
    if (err instanceof Error && "code" in err && err.code === "REC_RECORD_SCHEMA") return undefined;
    throw err;
  }
}

function recorderState(attempt: Attempt): RecorderState | undefined {
  switch (attempt.st) {
    case "CONF":
      return "confirmed";
    case "READY":
    case "LIVE":
    case "STOPPING":
      return "unconfirmed";
    case "GHOST":
    case "DOUBT":
      return "ghost";
    case "CLAIMED":
    case "CLOSED":
      return undefined;
  }
}

function count<Word>(counts: Map<string, Map<Word, number>>, appId: string, word: Word): void {
  const ofApp = counts.get(appId) ?? new Map<Word, number>();
  ofApp.set(word, (ofApp.get(word) ?? 0) + 1);
  counts.set(appId, ofApp);
}
