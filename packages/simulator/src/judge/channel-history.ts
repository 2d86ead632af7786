import type {
  EventLine,
  HistoryLine,
  ParticipantJoinedLine,
  ParticipantLeftLine,
  RecorderJoinedLine,
  RecorderLeftCause,
  RequestLine,
} from "../history/history-line.ts";

/** One stay of a recorder under one uid. */
export interface RecorderStay {
  readonly uid: number;
  readonly joinedAtMs: number;
  readonly joinedBy: RecorderJoinedLine["cause"];
  /** The end of the run while `leftBy` is `live`. */
  readonly leftAtMs: number;
  readonly leftBy: RecorderLeftCause | "live";
  readonly recorder: Recorder;
}

/** One recording: a sid with its stays (more than one after migrations) and the calls about it. */
export interface Recorder {
  readonly sid: string;
  readonly resourceId: string;
  readonly stays: readonly RecorderStay[];
  /** Starts of its resource, in order of arrival. */
  readonly starts: readonly RequestLine[];
  /** Query, update and stop, in the order of the answers. */
  readonly calls: readonly RequestLine[];
  readonly firstStop?: RequestLine;
  /** Answered queries that did not say 4 or 5. */
  readonly oddQueries: readonly RequestLine[];
  /** Every 404 for this sid but the first of its stretch (no 200 to a query in between), by `atMs`. */
  readonly repeated404s: readonly { readonly atMs: number; readonly sinceMs: number }[];
}

/** All that happened in one channel, in the order of the history. */
export interface ChannelHistory {
  readonly appId: string;
  readonly channelName: string;
  readonly people: readonly (ParticipantJoinedLine | ParticipantLeftLine)[];
  readonly events: readonly EventLine[];
  readonly eventsByUid: ReadonlyMap<number | undefined, readonly EventLine[]>;
  readonly recorders: readonly Recorder[];
  /** By `joinedAtMs`. */
  readonly stays: readonly RecorderStay[];
  /** Those that have ended, by `leftAtMs`. */
  readonly exits: readonly RecorderStay[];
  /** By `startedAtMs`. */
  readonly requests: readonly RequestLine[];
  /** Participants and recorders coming and going, for the sweep over uids. */
  readonly comings: readonly Coming[];
}

export type Coming = Extract<
  HistoryLine,
  { kind: "participant-joined" | "participant-left" | "recorder-joined" | "recorder-left" }
>;

/** Splits a history (in order of seq) into its channels; a recorder without an end is live until `endAtMs`. */
export function splitByChannel(lines: readonly HistoryLine[], endAtMs: number): readonly ChannelHistory[] {
  const builders = new Map<string, ChannelBuilder>();
  const owners = new Map<string, ChannelBuilder>();
  const appIds = new Set<string>();
  for (const line of lines) if ("appId" in line) appIds.add(line.appId);
  const onlyAppId = [...appIds][0] ?? "";

  for (const line of lines) {
    if (line.kind === "simulation-started" || line.kind === "fault" || line.kind === "note") continue;
    const builder = ownerOf(line);
    if (builder === undefined) continue;
    builder.add(line);
    if (line.kind === "recorder-joined") owners.set(line.sid, builder);
    if ("resourceId" in line) owners.set(line.resourceId, builder);
  }
  return [...builders.values()].map((builder) => builder.build(endAtMs));

  /** A query names no channel on the wire: then its sid or resource does. */
  function ownerOf(line: Coming | EventLine | RequestLine): ChannelBuilder | undefined {
    const { channelName } = line;
    if (channelName !== undefined) {
      const appId = line.appId ?? onlyAppId;
      const key = `${appId}/${channelName}`;
      const builder = builders.get(key) ?? new ChannelBuilder(appId, channelName);
      builders.set(key, builder);
      return builder;
    }
    if (line.kind !== "request") return undefined;
    return owners.get(line.sid ?? "") ?? owners.get(line.resourceId ?? "");
  }
}

interface OpenRecorder extends Recorder {
  readonly stays: RecorderStay[];
  readonly starts: RequestLine[];
  readonly calls: RequestLine[];
  firstStop?: RequestLine;
  readonly oddQueries: RequestLine[];
  readonly repeated404s: { readonly atMs: number; readonly sinceMs: number }[];
  absentSinceMs?: number | undefined;
}

class ChannelBuilder {
  readonly #appId: string;
  readonly #channelName: string;
  readonly #people: (ParticipantJoinedLine | ParticipantLeftLine)[] = [];
  readonly #events: EventLine[] = [];
  readonly #requests: RequestLine[] = [];
  readonly #comings: Coming[] = [];
  readonly #recorders = new Map<string, OpenRecorder>();
  readonly #open = new Map<string, RecorderJoinedLine>();

  constructor(appId: string, channelName: string) {
    this.#appId = appId;
    this.#channelName = channelName;
  }

  add(line: Coming | EventLine | RequestLine): void {
    switch (line.kind) {
      case "event":
        this.#events.push(line);
        return;
      case "request":
        this.#requests.push(line);
        return;
      case "participant-joined":
      case "participant-left":
        this.#people.push(line);
        this.#comings.push(line);
        return;
      case "recorder-joined":
        this.#open.set(`${line.uid}/${line.sid}`, line);
        this.#comings.push(line);
        return;
      case "recorder-left":
        this.#close(`${line.uid}/${line.sid}`, line.atMs, line.cause);
        this.#comings.push(line);
        return;
    }
  }

  build(endAtMs: number): ChannelHistory {
    for (const key of [...this.#open.keys()]) this.#close(key, endAtMs, "live");
    this.#attachRequests();
    const recorders = [...this.#recorders.values()];
    const stays = recorders.flatMap((recorder) => recorder.stays).sort((a, b) => a.joinedAtMs - b.joinedAtMs);
    return {
      appId: this.#appId,
      channelName: this.#channelName,
      people: this.#people,
      events: this.#events,
      eventsByUid: Map.groupBy(this.#events, (event) => event.uid),
      recorders,
      stays,
      exits: stays.filter((stay) => stay.leftBy !== "live").sort((a, b) => a.leftAtMs - b.leftAtMs),
      requests: this.#requests.toSorted((a, b) => a.startedAtMs - b.startedAtMs),
      comings: this.#comings,
    };
  }

  #close(key: string, leftAtMs: number, leftBy: RecorderStay["leftBy"]): void {
    const joined = this.#open.get(key);
    if (joined === undefined) return;
    this.#open.delete(key);
    const known = this.#recorders.get(joined.sid);
    const { sid, resourceId } = joined;
    const recorder = known ?? { sid, resourceId, stays: [], starts: [], calls: [], oddQueries: [], repeated404s: [] };
    this.#recorders.set(sid, recorder);
    const { uid, atMs: joinedAtMs, cause: joinedBy } = joined;
    recorder.stays.push({ uid, joinedAtMs, joinedBy, leftAtMs, leftBy, recorder });
  }

  #attachRequests(): void {
    const byResource = new Map([...this.#recorders.values()].map((each) => [each.resourceId, each]));
    for (const request of this.#requests) {
      const bySid = request.sid === undefined ? undefined : this.#recorders.get(request.sid);
      const recorder = bySid ?? byResource.get(request.resourceId ?? "");
      if (recorder === undefined || request.call === "acquire") continue;
      if (request.call === "start") recorder.starts.push(request);
      else addCall(recorder, request);
    }
  }
}

function addCall(recorder: OpenRecorder, request: RequestLine): void {
  const { call, answered, status, code, recorderStatus, atMs } = request;
  recorder.calls.push(request);
  if (call === "stop") recorder.firstStop ??= request;
  if (!answered) return;
  if (call === "query" && recorderStatus !== undefined && recorderStatus !== 4 && recorderStatus !== 5) {
    recorder.oddQueries.push(request);
  }
  if (isNoWorker(status, code)) {
    if (recorder.absentSinceMs !== undefined) recorder.repeated404s.push({ atMs, sinceMs: recorder.absentSinceMs });
    recorder.absentSinceMs ??= atMs;
  } else if (call === "query" && status === 200) {
    recorder.absentSinceMs = undefined;
  }
}

/** The 404 of a missing recorder; the gateway's "no Route" has no code and says nothing about it. */
export function isNoWorker(status: number | undefined, code: number | undefined): boolean {
  return status === 404 && code === 404;
}
