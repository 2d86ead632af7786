import type { HistoryLine, NoteLine, NoteName } from "../history/history-line.ts";
import type { ClientDurations } from "./client-durations.ts";
import { indexAfter, mergeSpans, subtractSpans, type Span } from "./span.ts";

/** Something outside autorec's power that may delay it: it widens each bound that runs meanwhile by `addMs`, once. */
export interface Disturbance extends Span {
  readonly addMs: number;
  readonly why: string;
}

/** A point in time with what it is made of. */
export interface Deadline {
  readonly atMs: number;
  readonly parts: readonly string[];
}

export interface Disturbances {
  readonly all: readonly Disturbance[];
  /** `deadline` moved on by everything that disturbed the time from `startMs` to it. */
  extend(startMs: number, deadline: Deadline): Deadline;
  /** Was the process killed, paused or resumed in this time? */
  wasShaken(client: string | undefined, fromMs: number, untilMs: number): boolean;
  /** Did all connections to Agora break in this time? */
  wereCutOff(fromMs: number, untilMs: number): boolean;
  /** May Redis have lost what was stored at this moment, before it went on to Kafka? */
  wasForgotten(atMs: number): boolean;
}

/** The additions of contracts.md §5, read from the notes of whoever killed, paused and started. */
export function readDisturbances(
  lines: readonly HistoryLine[],
  durations: ClientDurations,
  endAtMs: number,
): Disturbances {
  const notes = lines.filter((line) => line.kind === "note");
  const { kafkaSessionMs, kafkaRebalanceMs, leaseMs } = durations;
  const rebalanceMs = kafkaSessionMs + kafkaRebalanceMs;
  const takeoverMs = leaseMs + 1_000;
  const all: Disturbance[] = [];
  for (const { note, role, atMs, instanceId = "?" } of notes) {
    const isDeath = note === "process-killed" || note === "process-paused";
    const isChange = isDeath || note === "process-resumed" || note === "process-started";
    if (role === "consumer" && isChange) {
      all.push({
        startMs: atMs,
        endMs: atMs + rebalanceMs,
        addMs: rebalanceMs,
        why: `${instanceId} ${note}: Kafka session + rebalance`,
      });
    }
    if (isDeath && role !== "other") {
      all.push({
        startMs: atMs,
        endMs: atMs + takeoverMs,
        addMs: takeoverMs,
        why: `${instanceId} ${note}: lease + 1000`,
      });
    }
  }
  all.push(
    ...outages.flatMap((outage) => outagesOf(outage, notes, endAtMs)),
    ...withoutWatchdog(notes, lines[0]?.atMs ?? 0, endAtMs),
  );
  all.sort((a, b) => a.startMs - b.startMs);
  const longestMs = all.reduce((longest, each) => Math.max(longest, each.endMs - each.startMs), 0);
  const shakes = Map.groupBy(
    notes.filter(({ note }) => isShake(note)),
    (each) => each.instanceId,
  );
  const cutOffAtMs = notes.flatMap(({ note, atMs }) => (note === agoraOutage.from ? [atMs] : []));
  const losses = outagesOf(redisLoss, notes, endAtMs);

  return {
    all,
    wereCutOff: (fromMs, untilMs) => cutOffAtMs.some((atMs) => atMs >= fromMs && atMs <= untilMs),
    wasForgotten: (atMs) => losses.some(({ startMs, endMs }) => atMs >= startMs - outboxMs && atMs <= endMs - settleMs),
    extend: (startMs, deadline) => {
      const first = indexAfter(all, (each) => each.startMs, startMs - longestMs - 1);
      return extend(all, first, { startMs, deadline });
    },
    wasShaken: (client, fromMs, untilMs) => {
      if (client === undefined) return false;
      const known = shakes.get(client) ?? shakes.get(client.split(" ").at(-1)) ?? [];
      return known.some(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
    },
  };
}

function isShake(note: string): boolean {
  return note === "process-killed" || note === "process-paused" || note === "process-resumed";
}

const disturbancesNamed = 5;

function extend(
  all: readonly Disturbance[],
  first: number,
  { startMs, deadline }: { readonly startMs: number; readonly deadline: Deadline },
): Deadline {
  let { atMs } = deadline;
  let count = 0;
  const parts = [...deadline.parts];
  for (let i = first; i < all.length; i += 1) {
    const disturbance = all[i];
    if (disturbance === undefined || disturbance.startMs >= atMs) break;
    if (disturbance.endMs <= startMs) continue;
    atMs += disturbance.addMs;
    count += 1;
    if (count <= disturbancesNamed) parts.push(`${disturbance.why} ${disturbance.addMs}`);
  }
  if (count > disturbancesNamed) parts.push(`${count - disturbancesNamed} more disturbances`);
  return { atMs, parts };
}

/** What Redis alone knows is on its way to Kafka for so long at most. */
const outboxMs = 2_000;

/** After an outage everything comes back at once. */
const settleMs = 10_000;

interface Outage {
  readonly from: NoteName;
  readonly until: NoteName;
  readonly why: string;
}

const redisLoss = {
  from: "redis-lost",
  until: "redis-rebuilt",
  why: "loss of Redis + 10000",
} as const satisfies Outage;
const agoraOutage = {
  from: "agora-unreachable",
  until: "agora-reachable",
  why: "Agora unreachable + 10000",
} as const satisfies Outage;
const outages: readonly Outage[] = [
  { from: "broker-stopped", until: "broker-up", why: "broker outage + 10000" },
  { from: "redis-stopped", until: "redis-up", why: "Redis outage + 10000" },
  redisLoss,
  agoraOutage,
];

function outagesOf(outage: Outage, notes: readonly NoteLine[], endAtMs: number): readonly Disturbance[] {
  const found: Disturbance[] = [];
  let downSince: number | undefined;
  const close = (upAtMs: number): void => {
    if (downSince === undefined) return;
    const addMs = upAtMs - downSince + settleMs;
    found.push({ startMs: downSince, endMs: downSince + addMs, addMs, why: outage.why });
    downSince = undefined;
  };
  for (const { note, atMs } of notes) {
    if (note === outage.from) downSince ??= atMs;
    if (note === outage.until) close(atMs);
  }
  close(endAtMs);
  return found;
}

/** Only the watchdogs that a note names are known; a process whose first note is not its start ran from the beginning. */
function withoutWatchdog(notes: readonly NoteLine[], startAtMs: number, endAtMs: number): readonly Disturbance[] {
  const runningSince = new Map<string, number | undefined>();
  const ran: Span[] = [];
  for (const { note, role, instanceId = "?", atMs } of notes) {
    if (role !== "watchdog") continue;
    const isUp = note === "process-started" || note === "process-resumed";
    if (!isUp && !isShake(note) && note !== "process-stopped") continue;
    const sinceMs = runningSince.has(instanceId)
      ? runningSince.get(instanceId)
      : note === "process-started"
        ? undefined
        : startAtMs;
    if (sinceMs !== undefined) ran.push({ startMs: sinceMs, endMs: atMs });
    runningSince.set(instanceId, isUp ? atMs : undefined);
  }
  if (runningSince.size === 0) return [];
  for (const sinceMs of runningSince.values()) {
    if (sinceMs !== undefined) ran.push({ startMs: sinceMs, endMs: endAtMs });
  }
  return subtractSpans([{ startMs: startAtMs, endMs: endAtMs }], mergeSpans(ran)).map((span) => ({
    ...span,
    addMs: span.endMs - span.startMs,
    why: "no watchdog ran",
  }));
}
