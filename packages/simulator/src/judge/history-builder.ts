import type { EventLine, HistoryLine, NoteLine, RequestLine, SimulationSettings } from "../history/history-line.ts";

/** The `fast` profile of contracts.md §2, as a history tells it. */
export const fastClient = {
  leaseMs: 6_000,
  callAcquireMs: 1_000,
  callStartMs: 2_000,
  callQueryMs: 1_000,
  callUpdateMs: 2_000,
  callStopMs: 2_000,
  pollMs: 3_000,
  confirmLimitMs: 9_000,
  graceMs: 4_000,
  graceNormalMs: 2_000,
  maxIdleMs: 20_000,
  migrationMaxMs: 4_000,
  coverAfterStandardMs: 3_000,
  adoptWindowMs: 1_500,
  freshMs: 2_000,
  spacing404Ms: 4_500,
  resourceLifeMs: 15_000,
  lateStartMs: 3_000,
  stopSlackMs: 3_000,
  workSlackMs: 2_000,
  kafkaSessionMs: 3_000,
  kafkaRebalanceMs: 3_000,
  controlLostWindowMs: 30_000,
  blockedRetryMs: 60_000,
  backoffResetMs: 12_000,
  crashLoopRetryMs: [6_000, 12_000, 30_000, 60_000],
  waitNoCodeMs: 3_000,
  wait401Ms: 6_000,
  startRetry65Ms: [300, 600],
  startRetryServerErrorMs: [300, 600, 900],
  startRetryLostMs: [100, 300, 600],
  claimBackoffMs: [0, 500, 1_500, 3_000, 6_000],
  unknownRetryQueryMs: [500, 1_000, 1_500, 3_000],
  unknownRetryStopMs: [300, 600, 900, 3_000],
  acquireRetryLostMs: [0, 100, 300, 600],
  acquireRetryOthersMs: [100, 200, 400, 800, 1_600, 3_000],
  wait429Ms: [100, 200, 400, 800, 1_600, 3_000],
  wait406Ms: [3_000, 6_000, 12_000],
};

type Unplaced<Line> = Line extends HistoryLine ? Omit<Line, "seq" | "atMs"> : never;

/**
 * Builds histories for tests of the judge, one channel at a time, in any order: `build` sorts by time and numbers.
 * Times are ms since the start of the simulated run.
 */
export class HistoryBuilder {
  readonly #lines: { readonly atMs: number; readonly line: Unplaced<HistoryLine> }[] = [];
  #clientSeq = 1_000;
  #requestId = 0;

  constructor(settings: Partial<SimulationSettings> = {}) {
    const all: SimulationSettings = { seed: 7, client: fastClient, ...settings };
    this.add(0, { kind: "simulation-started", version: "0.1.0", settings: all });
  }

  add(atMs: number, line: Unplaced<HistoryLine>): this {
    this.#lines.push({ atMs, line });
    return this;
  }

  /** Somebody joins: true presence and the event, acknowledged at once unless `event` says otherwise. */
  join(atMs: number, channelName: string, uid: number, event: Partial<EventLine> = {}): this {
    this.add(atMs, { kind: "participant-joined", appId, channelName, uid });
    return this.event(atMs, channelName, { eventType: 103, uid, ...event });
  }

  leave(atMs: number, channelName: string, uid: number, event: Partial<EventLine> = {}): this {
    const reason = event.reason ?? 1;
    this.add(atMs, { kind: "participant-left", appId, channelName, uid, reason });
    return this.event(atMs, channelName, { eventType: 104, uid, reason, ...event });
  }

  event(atMs: number, channelName: string, event: Partial<EventLine> & { readonly eventType: number }): this {
    this.#clientSeq += 10;
    return this.add(atMs, {
      kind: "event",
      appId,
      channelName,
      clientSeq: String(this.#clientSeq),
      noticeId: `notice-${this.#clientSeq}`,
      dropped: false,
      ackedAtMs: epochMs + atMs,
      ...withoutPlace(event),
    });
  }

  /** A recorder comes up: acquire, start, its announcement. */
  start(atMs: number, channelName: string, sid: string, uid: number, request: Partial<RequestLine> = {}): this {
    const resourceId = `resource-${sid}`;
    this.request(atMs - 20, channelName, { call: "acquire", uid, resourceId, ...pick(request.client) });
    this.add(atMs, { kind: "recorder-joined", appId, channelName, uid, sid, resourceId, mode: "mix", cause: "start" });
    this.request(atMs, channelName, { call: "start", uid, sid, resourceId, ...request });
    return this.event(atMs, channelName, { eventType: 103, uid, clientType: 10 });
  }

  stop(atMs: number, channelName: string, sid: string, uid: number, request: Partial<RequestLine> = {}): this {
    this.request(atMs, channelName, { call: "stop", uid, sid, ...request });
    return this.exit(atMs, channelName, sid, uid, "stop");
  }

  kill(atMs: number, channelName: string, sid: string, uid: number): this {
    return this.exit(atMs, channelName, sid, uid, "killed");
  }

  killSilently(atMs: number, channelName: string, sid: string, uid: number): this {
    return this.add(atMs, { kind: "recorder-left", appId, channelName, uid, sid, cause: "killed" });
  }

  /** The recorder leaves and comes back under `newUid` after `windowMs`; nothing is announced. */
  migrate(atMs: number, channelName: string, sid: string, uids: readonly [number, number], windowMs: number): this {
    const [uid, newUid] = uids;
    const resourceId = `resource-${sid}`;
    this.add(atMs, { kind: "recorder-left", appId, channelName, uid, sid, cause: "migration" });
    return this.add(atMs + windowMs, {
      kind: "recorder-joined",
      appId,
      channelName,
      uid: newUid,
      sid,
      resourceId,
      mode: "mix",
      cause: "migration",
    });
  }

  exit(atMs: number, channelName: string, sid: string, uid: number, cause: "stop" | "idle" | "killed"): this {
    this.add(atMs, { kind: "recorder-left", appId, channelName, uid, sid, cause });
    return this.event(atMs, channelName, { eventType: 104, uid, clientType: 10, reason: 1 });
  }

  request(atMs: number, channelName: string, request: Partial<RequestLine> & Pick<RequestLine, "call">): this {
    this.#requestId += 1;
    return this.add(atMs, {
      kind: "request",
      appId,
      channelName,
      requestId: `request-${this.#requestId}`,
      client: "consumer-1",
      startedAtMs: epochMs + atMs - 10,
      status: 200,
      applied: true,
      answered: true,
      durationMs: 10,
      ...withoutPlace(request),
    });
  }

  note(atMs: number, note: NoteLine["note"], role?: NoteLine["role"], instanceId?: string): this {
    return this.add(atMs, {
      kind: "note",
      note,
      ...(role === undefined ? {} : { role }),
      ...(instanceId === undefined ? {} : { instanceId }),
    });
  }

  /** The lines in order of time; lines of the same moment in the order in which they were added. */
  build(): readonly HistoryLine[] {
    return this.#lines
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ atMs, line }, i) => ({ ...line, seq: i + 1, atMs: epochMs + atMs }));
  }
}

/** Start of every built history, ms since the epoch. */
export const epochMs = 1_800_000_000_000;

const appId = "0123456789abcdef0123456789abcdef";

function withoutPlace<Line extends { readonly seq?: number; readonly atMs?: number; readonly kind?: string }>(
  line: Line,
): Omit<Line, "seq" | "atMs" | "kind"> {
  const { seq: _seq, atMs: _atMs, kind: _kind, ...rest } = line;
  return rest;
}

function pick(client: string | undefined): { readonly client?: string } {
  return client === undefined ? {} : { client };
}
