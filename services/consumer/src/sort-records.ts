import type { EventSource, IgnoredCause } from "@autorec/events";
import { decodeChannelEvent } from "@autorec/events/schema";
import type { ChannelRef, PresenceEvent } from "@autorec/session-store";
import type { InputRecord } from "./input-record.ts";
import { toPresenceEvent } from "./presence-event.ts";
import { isOldJoin } from "./replay-gate.ts";

/** Which apps this process knows. */
export interface KnownApps {
  readonly appIds: ReadonlySet<string>;
  /** The app of raw notifications that name none; set when the configuration has exactly one. */
  readonly onlyAppId: string | undefined;
}

/** The events of one channel in one batch, in their order. */
export interface ChannelGroup {
  readonly ref: ChannelRef;
  readonly events: readonly PresenceEvent[];
  /** A join among them is too old to start anything before the partition has been read to its end. */
  readonly hold: boolean;
  /** The records behind the events, for the dead-letter topic should the store refuse them for good. */
  readonly records: readonly InputRecord[];
  /** Of the first event; one channel seldom has two. */
  readonly source: EventSource;
}

export interface DeadRecord {
  readonly record: InputRecord;
  readonly source: EventSource;
  /** Of `deadLetterCodes`, or the store's when it refuses the channel for good. */
  readonly code: string;
  readonly message: string;
}

/** A record that is understood and changes nothing. */
interface IgnoredRecord {
  readonly source: EventSource;
  readonly cause: IgnoredCause | "channel_created";
}

export interface SortedRecords {
  readonly groups: readonly ChannelGroup[];
  readonly dead: readonly DeadRecord[];
  readonly ignored: readonly IgnoredRecord[];
  /** Copies within this batch; they are dropped here. */
  readonly duplicates: readonly EventSource[];
  /** Channels in which somebody uses a string account, which Agora cannot record cleanly. */
  readonly stringAccounts: readonly ChannelRef[];
}

interface OpenGroup {
  readonly ref: ChannelRef;
  readonly events: PresenceEvent[];
  readonly records: InputRecord[];
  readonly source: EventSource;
  readonly seen: Set<string>;
  hold: boolean;
}

/** Decodes every record and gathers the events by channel, keeping their order; total. */
export function sortRecords(
  records: readonly InputRecord[],
  options: { readonly apps: KnownApps; readonly nowMs: number },
): SortedRecords {
  const { apps, nowMs } = options;
  const groups = new Map<string, OpenGroup>();
  const dead: DeadRecord[] = [];
  const ignored: IgnoredRecord[] = [];
  const duplicates: EventSource[] = [];
  const stringAccounts: ChannelRef[] = [];
  for (const record of records) {
    const decoded = decodeChannelEvent({
      value: record.value,
      headers: record.headers,
      offset: record.offset,
      receivedAtMs: record.timestampMs,
      nowMs,
      apps: apps.appIds,
      ...(apps.onlyAppId === undefined ? {} : { onlyAppId: apps.onlyAppId }),
    });
    const { source } = decoded;
    if (decoded.kind === "dead") {
      dead.push({ record, source, code: decoded.code, message: decoded.message });
      continue;
    }
    if (decoded.kind === "ignored") {
      ignored.push({ source, cause: decoded.cause });
      continue;
    }
    const { event } = decoded;
    const old = isOldJoin(event, record, nowMs);
    const change = toPresenceEvent(event, { old });
    if (change === undefined) {
      ignored.push({ source, cause: "channel_created" });
      continue;
    }
    const ref = { appId: event.appId, channelName: event.channelName };
    if (decoded.warning !== undefined) stringAccounts.push(ref);
    const group = openGroup(groups, ref, source);
    if (isCopy(change, group.seen)) {
      duplicates.push(source);
      continue;
    }
    group.events.push(change);
    group.records.push(record);
    group.hold ||= old;
  }
  return { groups: [...groups.values()], dead, ignored, duplicates, stringAccounts };
}

function openGroup(groups: Map<string, OpenGroup>, ref: ChannelRef, source: EventSource): OpenGroup {
  const key = `${ref.appId}/${ref.channelName}`;
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group: OpenGroup = { ref, source, events: [], records: [], seen: new Set(), hold: false };
  groups.set(key, group);
  return group;
}

/** Senders repeat themselves within milliseconds, and so most copies meet in one batch. */
function isCopy(change: PresenceEvent, seen: Set<string>): boolean {
  if (change.kind === "look") return false;
  const key = `${change.kind} ${change.uid} ${change.clientSeq} ${change.role} ${change.reason ?? ""}`;
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}
