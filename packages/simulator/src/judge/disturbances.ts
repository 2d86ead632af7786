import type { HistoryLine, NoteLine, NoteName } from "../history/history-line.ts";
import type { ClientDurations } from "./client-durations.ts";
import { indexAfter, mergeSpans, subtractSpans, type Span } from "./span.ts";

/** A time in which something outside autorec's power may hold it up. */
export interface Disturbance extends Span {
  readonly why: string;
}

/** A point in time with what it is made of. */
export interface Deadline {
  readonly atMs: number;
  readonly parts: readonly string[];
}

export interface Disturbances {
  readonly all: readonly Disturbance[];
  /** While an operator had it so; what is not recorded then is nobody's failure. */
  readonly paused: readonly Span[];
  /**
   * `deadline` moved on by all the time from `startMs` to it in which something disturbed: a bound's clock stands still
   * meanwhile. Two disturbances at once hold up no longer than the one that ends last.
   */
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
  const startAtMs = lines[0]?.atMs ?? 0;
  const all: Disturbance[] = [
    ...notes.flatMap((note) => shocksOf(note, durations)),
    ...outages.flatMap((outage) => outagesOf(outage, notes, endAtMs)),
    ...withoutRole("consumer", { notes, startAtMs, endAtMs }),
    ...withoutRole("watchdog", { notes, startAtMs, endAtMs }),
  ];
  all.sort((a, b) => a.startMs - b.startMs);
  const disturbed = mergeSpans(all);
  const shakes = Map.groupBy(
    notes.filter(({ note }) => isShake(note)),
    (each) => each.instanceId,
  );
  const cutOffAtMs = notes.flatMap(({ note, atMs }) => (note === agoraOutage.from ? [atMs] : []));
  const losses = outagesOf(redisLoss, notes, endAtMs);

  return {
    all,
    paused: mergeSpans(
      outagesOf(pause, notes, endAtMs).map(({ startMs, endMs }) => ({ startMs, endMs: endMs - settleMs })),
    ),
    wereCutOff: (fromMs, untilMs) => cutOffAtMs.some((atMs) => atMs >= fromMs && atMs <= untilMs),
    wasForgotten: (atMs) => losses.some(({ startMs, endMs }) => atMs >= startMs - outboxMs && atMs <= endMs - settleMs),
    extend: (startMs, deadline) => extend(disturbed, all, { startMs, deadline }),
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

/** What a process that goes or comes holds up, and for how long. */
function shocksOf(
  { note, role, atMs, instanceId = "?" }: NoteLine,
  durations: ClientDurations,
): readonly Disturbance[] {
  const { kafkaSessionMs, kafkaRebalanceMs, leaseMs } = durations;
  const rebalanceMs = kafkaSessionMs + kafkaRebalanceMs;
  const isDeath = note === "process-killed" || note === "process-paused";
  const who = `${instanceId} ${note}`;
  const found: Disturbance[] = [];
  if (role === "consumer" && (isDeath || note === "process-resumed")) {
    found.push({ startMs: atMs, endMs: atMs + rebalanceMs, why: `${who}: Kafka session + rebalance` });
  }
  // It has joined its group before it says that it is there.
  if (role === "consumer" && note === "process-started") {
    found.push({ startMs: atMs - rebalanceMs, endMs: atMs + rebalanceMs, why: `${who}: Kafka session + rebalance` });
  }
  if (isDeath && role !== "other") {
    found.push({ startMs: atMs, endMs: atMs + leaseMs + 1_000, why: `${who}: lease + 1000` });
  }
  return found;
}

const disturbancesNamed = 5;

function extend(
  disturbed: readonly Span[],
  all: readonly Disturbance[],
  { startMs, deadline }: { readonly startMs: number; readonly deadline: Deadline },
): Deadline {
  let { atMs } = deadline;
  for (let i = indexAfter(disturbed, (span) => span.endMs, startMs); i < disturbed.length; i += 1) {
    const span = disturbed[i];
    if (span === undefined || span.startMs >= atMs) break;
    atMs += span.endMs - Math.max(span.startMs, startMs);
  }
  if (atMs === deadline.atMs) return deadline;
  const met = all.filter((each) => each.startMs < atMs && each.endMs > startMs).map(({ why }) => why);
  const named = met.slice(0, disturbancesNamed);
  const more = met.length > named.length ? [`${met.length - named.length} more`] : [];
  const part = `disturbed for ${atMs - deadline.atMs} (${[...named, ...more].join("; ")})`;
  return { atMs, parts: [...deadline.parts, part] };
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
const pause = {
  from: "recording-paused",
  until: "recording-resumed",
  why: "paused by an operator + 10000",
} as const satisfies Outage;
const outages: readonly Outage[] = [
  { from: "broker-stopped", until: "broker-up", why: "broker outage + 10000" },
  { from: "redis-stopped", until: "redis-up", why: "Redis outage + 10000" },
  redisLoss,
  agoraOutage,
  pause,
];

function outagesOf(outage: Outage, notes: readonly NoteLine[], endAtMs: number): readonly Disturbance[] {
  const found: Disturbance[] = [];
  let downSince: number | undefined;
  const close = (upAtMs: number): void => {
    if (downSince === undefined) return;
    found.push({ startMs: downSince, endMs: upAtMs + settleMs, why: outage.why });
    downSince = undefined;
  };
  for (const { note, atMs } of notes) {
    if (note === outage.from) downSince ??= atMs;
    if (note === outage.until) close(atMs);
  }
  close(endAtMs);
  return found;
}

interface Run {
  readonly notes: readonly NoteLine[];
  readonly startAtMs: number;
  readonly endAtMs: number;
}

/**
 * The time in which no process of a role ran. Only those that a note names are known; one whose first note is not its start
 * ran from the beginning.
 */
function withoutRole(role: "consumer" | "watchdog", { notes, startAtMs, endAtMs }: Run): readonly Disturbance[] {
  const runningSince = new Map<string, number | undefined>();
  const ran: Span[] = [];
  for (const { note, role: its, instanceId = "?", atMs } of notes) {
    if (its !== role) continue;
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
    why: `no ${role} ran`,
  }));
}
