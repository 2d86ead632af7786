import { isBotClient } from "../history/bot-clients.ts";
import type { EventLine } from "../history/history-line.ts";
import type { ChannelHistory } from "./channel-history.ts";
import type { Span } from "./span.ts";

/** A stretch in which somebody was there. */
export interface OccupiedSpan extends Span {
  /** Leave reason of the last one who left; absent while somebody is still there. */
  readonly endReason?: number;
  readonly isOpen: boolean;
}

export interface PresenceRules {
  /** 1: the audience keeps no channel occupied. */
  readonly channelType: 0 | 1;
  /** Uids that are recorders of some deployment, whoever uses them. */
  readonly reservedUids: { readonly min: number; readonly max: number };
  readonly endAtMs: number;
}

const joinTypes: ReadonlySet<number> = new Set([103, 105, 107]);
const leaveTypes: ReadonlySet<number> = new Set([104, 106, 108]);
const roleTypes: ReadonlySet<number> = new Set([111, 112]);
const audienceTypes: ReadonlySet<number> = new Set([105, 106, 112]);
const replacedByOtherDevice = 5;

/** When the first leave among these events of one uid was acknowledged, ms since the epoch. */
export function leaveAckedAt(events: readonly EventLine[] = []): number | undefined {
  return events.find((event) => isLeave(event.eventType) && !event.dropped && event.ackedAtMs !== undefined)?.ackedAtMs;
}

/** Of a participant or a recorder, in any profile. */
export function isLeave(eventType: number): boolean {
  return leaveTypes.has(eventType);
}

/**
 * Presence as it was delivered: per uid the event with the greatest clientSeq among those acknowledged decides.
 * Independent of copies and of the order of acknowledgement; leaves with reason 5, recorders and bots do not count.
 */
export function deliveredOccupancy(channel: ChannelHistory, rules: PresenceRules): readonly OccupiedSpan[] {
  const recorderSince = new Map<number, number>();
  for (const stay of channel.stays) if (!recorderSince.has(stay.uid)) recorderSince.set(stay.uid, stay.joinedAtMs);

  const delivered = channel.events.flatMap((event) => {
    const { uid, clientSeq, ackedAtMs, eventType } = event;
    if (event.dropped || uid === undefined || clientSeq === undefined || ackedAtMs === undefined) return [];
    if (!joinTypes.has(eventType) && !leaveTypes.has(eventType) && !roleTypes.has(eventType)) return [];
    if (isLeave(eventType) && event.reason === replacedByOtherDevice) return [];
    if (isBotClient(event.clientType)) return [];
    if (uid >= rules.reservedUids.min && uid <= rules.reservedUids.max) return [];
    if ((recorderSince.get(uid) ?? Infinity) <= event.atMs) return [];
    const isPresent = !isLeave(eventType) && !(rules.channelType === 1 && audienceTypes.has(eventType));
    return [{ uid, clientSeq: BigInt(clientSeq), atMs: ackedAtMs, seq: event.seq, isPresent, reason: event.reason }];
  });
  delivered.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq);

  const newest = new Map<number, bigint>();
  const counter = new OccupancyCounter();
  for (const event of delivered) {
    const last = newest.get(event.uid);
    if (last !== undefined && event.clientSeq <= last) continue;
    newest.set(event.uid, event.clientSeq);
    counter.set(event.uid, event.isPresent, event.atMs, event.reason);
  }
  return counter.spans(rules.endAtMs);
}

/** Who was really there, whatever was published; with channelType 1 the roles are those that the events name. */
export function trueOccupancy(channel: ChannelHistory, rules: PresenceRules): readonly OccupiedSpan[] {
  const counter = new OccupancyCounter();
  const inside = new Set<number>();
  const audience = new Set<number>();
  const lines = [...channel.people, ...(rules.channelType === 1 ? channel.events : [])];
  lines.sort((a, b) => a.seq - b.seq);
  for (const line of lines) {
    const { uid } = line;
    if (uid === undefined) continue;
    if (line.kind === "participant-left") {
      if (line.reason === replacedByOtherDevice) continue;
      inside.delete(uid);
    } else if (line.kind === "participant-joined") {
      inside.add(uid);
    } else if (!isLeave(line.eventType)) {
      if (audienceTypes.has(line.eventType)) audience.add(uid);
      else audience.delete(uid);
    }
    const reason = line.kind === "participant-left" ? line.reason : undefined;
    counter.set(uid, inside.has(uid) && !audience.has(uid), line.atMs, reason);
  }
  return counter.spans(rules.endAtMs);
}

class OccupancyCounter {
  readonly #present = new Set<number>();
  readonly #spans: OccupiedSpan[] = [];
  #since: number | undefined;

  set(uid: number, isPresent: boolean, atMs: number, reason: number | undefined): void {
    const wasOccupied = this.#present.size > 0;
    if (isPresent) this.#present.add(uid);
    else this.#present.delete(uid);
    const isOccupied = this.#present.size > 0;
    if (!wasOccupied && isOccupied) this.#since = atMs;
    if (wasOccupied && !isOccupied) this.#close(atMs, reason);
  }

  spans(endAtMs: number): readonly OccupiedSpan[] {
    if (this.#since === undefined || this.#since >= endAtMs) return this.#spans;
    return [...this.#spans, { startMs: this.#since, endMs: endAtMs, isOpen: true }];
  }

  #close(endMs: number, reason: number | undefined): void {
    const startMs = this.#since ?? endMs;
    this.#since = undefined;
    if (endMs > startMs) {
      this.#spans.push({ startMs, endMs, isOpen: false, ...(reason === undefined ? {} : { endReason: reason }) });
    }
  }
}
