import type { RecordingMoment, RecordingObserver } from "../core/recording-moment.ts";
import type { Recording } from "../core/recording.ts";
import type { World } from "../core/world.ts";
import type { SnapshotPlan } from "../media/snapshot-plan.ts";
import { createSnapshotPlan } from "../media/snapshot-plan.ts";
import type { Cancel } from "../time/scheduler.ts";
import type { Notification } from "./envelope.ts";
import type { RecordingEvent } from "./recording-event-details.ts";
import {
  fileInfos,
  okStatus,
  progressEvent,
  pushEvents,
  snapshotEvent,
  statusUpdate,
  troubleEvents,
  uploadedFiles,
  webStopped,
} from "./recording-event-details.ts";
import { recordingEvents } from "./recording-event-table.ts";
import type { StreamEvents } from "./stream-events.ts";
import { createStreamEvents } from "./stream-events.ts";

/** What is remembered of a recording in order to tell of it. */
interface Story {
  /** By what the switch counts. */
  readonly sequences: Map<number, number>;
  readonly streams: StreamEvents;
  readonly snapshots: SnapshotPlan;
  /** Of mode web: why it is about to stop. */
  trouble: Extract<RecordingMoment, { readonly kind: "trouble" }> | undefined;
  cancelProgress: Cancel | undefined;
  cancelSnapshot: Cancel | undefined;
}

type MomentOf<Kind extends RecordingMoment["kind"]> = Extract<RecordingMoment, { readonly kind: Kind }>;

/**
 * Makes the events of product 3 out of what happens to recordings, in the order that is documented: at a stop 41, 33, 31
 * or 32, 11. Costs two timers per live recording at most, and memory only while a recording is remembered.
 * @see E 3
 */
export function createRecordingEvents(options: {
  readonly world: () => World;
  readonly tell: (notification: Notification) => void;
}): RecordingObserver {
  const stories = new WeakMap<Recording, Story>();
  const storyOf = (recording: Recording): Story => {
    const story = stories.get(recording) ?? newStory(recording);
    stories.set(recording, story);
    return story;
  };
  return (moment) => {
    const world = options.world();
    const { recording } = moment;
    const story = storyOf(recording);
    const tell = (events: readonly RecordingEvent[], atMs: number, uid = recording.uid): void => {
      for (const event of events) options.tell(notificationOf(world, { recording, story, event, atMs, uid }));
    };
    const uid = "uid" in moment ? moment.uid : recording.uid;
    tell(eventsOf(world, story, moment), moment.atMs, uid);
    planTimers(world, story, moment, tell);
  };
}

type Tell = (events: readonly RecordingEvent[], atMs: number) => void;

function newStory({ mode, order }: Recording): Story {
  return {
    sequences: new Map(),
    streams: createStreamEvents(mode),
    snapshots: createSnapshotPlan(order.snapshotIntervalMs),
    trouble: undefined,
    cancelProgress: undefined,
    cancelSnapshot: undefined,
  };
}

function eventsOf(world: World, story: Story, moment: RecordingMoment): readonly RecordingEvent[] {
  const { recording } = moment;
  switch (moment.kind) {
    case "started":
      return [];
    case "joined":
      return joined(world, moment);
    case "tracks":
      return tracksChanged(story, moment);
    case "fileListed":
      return fileInfos(world, recording);
    case "updated":
      return moment.what === "rtmp" ? pushEvents(world, recording) : [];
    case "left":
      return left(world, story, moment);
    case "trouble":
      story.trouble = moment;
      return troubleEvents(moment);
    case "misfit":
      return [statusUpdate(world, recording)];
    case "uploading":
      return [progressEvent(world, recording)];
    case "uploadEnded":
      return uploadEnded(world, moment);
    case "exited":
      return [{ eventType: 11, details: { exitStatus: moment.exitStatus } }];
  }
}

function joined(world: World, { recording, cause, uid, atMs }: MomentOf<"joined">): readonly RecordingEvent[] {
  const isStart = cause === "start";
  const isNamed = isStart && world.settings.switches.haRegisteredEvent;
  return [
    ...(isStart ? [] : [{ eventType: 12, details: { newUid: uid } } as const]),
    { eventType: 30, details: okStatus(world) },
    recording.mode === "web"
      ? { eventType: 70, details: { recorderStartTime: atMs } }
      : { eventType: 40, details: okStatus(world) },
    ...(isNamed ? [{ eventType: 13, details: {} } as const] : []),
  ];
}

/** A recorder that is gone, or that works in vain, does not tell that its streams ended. */
function tracksChanged(story: Story, { recording, tracks, atMs }: MomentOf<"tracks">): readonly RecordingEvent[] {
  if (recording.phase.name !== "live" || recording.silenced) {
    story.streams.interrupted(atMs);
    return [];
  }
  const events = story.streams.changed(tracks, atMs);
  return recording.mode === "web" ? [] : events;
}

function left(world: World, story: Story, moment: MomentOf<"left">): readonly RecordingEvent[] {
  const { recording, cause, silent, leaveCode } = moment;
  if (silent) return [];
  if (recording.mode !== "web") return [{ eventType: 41, details: { leaveCode } }];
  // The page is opened somewhere else: that is no stop.
  return cause === "migration" ? [] : [webStopped(world, recording, { cause, trouble: story.trouble })];
}

/** The backup cloud is told by a warning first. @see E 3.3 */
function uploadEnded(world: World, { recording, result }: MomentOf<"uploadEnded">): readonly RecordingEvent[] {
  const details = { ...okStatus(world), ...uploadedFiles(world, recording) };
  if (result === "uploaded") {
    return [
      { eventType: 33, details: { progress: 10_000 } },
      { eventType: 31, details },
    ];
  }
  if (result === "failed") return [];
  return [
    { eventType: 2, details: { module: 1, warnCode: 32 } },
    { eventType: 32, details },
  ];
}

/** Pictures and the progress of uploads are told while the recorder works. */
function planTimers(world: World, story: Story, moment: RecordingMoment, tell: Tell): void {
  const { recording, kind } = moment;
  if (kind === "tracks") {
    story.snapshots.setTracks(recording.phase.name === "live" ? moment.tracks : []);
    takeSnapshots(world, story, recording, tell);
  }
  if (kind === "fileListed" || (kind === "joined" && moment.cause === "migration")) {
    planProgress(world, story, recording, tell);
  }
  if (kind !== "left") return;
  story.cancelProgress?.();
  story.cancelSnapshot?.();
}

function takeSnapshots(world: World, story: Story, recording: Recording, tell: Tell): void {
  story.cancelSnapshot?.();
  const atMs = world.scheduler.nowMs();
  tell(
    story.snapshots.takeDue(atMs).map((shot) => snapshotEvent(world, recording, shot)),
    atMs,
  );
  const nextAtMs = story.snapshots.nextAtMs();
  if (nextAtMs === undefined) return;
  story.cancelSnapshot = world.scheduler.at(nextAtMs, () => {
    takeSnapshots(world, story, recording, tell);
  });
}

function planProgress(world: World, story: Story, recording: Recording, tell: Tell): void {
  const atMs = world.scheduler.nowMs() + world.settings.durations.uploadProgressMs;
  story.cancelProgress?.();
  story.cancelProgress = world.scheduler.at(atMs, () => {
    if (!recording.silenced) tell([progressEvent(world, recording)], atMs);
    planProgress(world, story, recording, tell);
  });
}

function notificationOf(
  world: World,
  told: {
    readonly recording: Recording;
    readonly story: Story;
    readonly event: RecordingEvent;
    readonly atMs: number;
    readonly uid: number;
  },
): Notification {
  const { recording, story, event, atMs, uid } = told;
  const { appId, channelName } = recording.resource;
  const { sid } = recording;
  const { msgName, serviceType } = recordingEvents[event.eventType];
  const { recordingSequence, serviceScene } = world.settings.switches;
  const scope = recordingSequence === "perSid" ? -1 : serviceType;
  const sequence = story.sequences.get(scope) ?? 0;
  story.sequences.set(scope, sequence + 1);
  const payload = {
    cname: channelName,
    uid: String(uid),
    sid,
    sequence,
    sendts: atMs,
    serviceType,
    ...(serviceScene ? { serviceScene: sceneOf(recording) } : {}),
    details: { msgName, ...event.details },
  };
  return { productId: 3, eventType: event.eventType, appId, channelName, sid, atMs, payload };
}

/** @see E 3.1: in the Chinese documents only. */
function sceneOf({ mode, order }: Recording): string {
  if (mode === "web") return "web_record";
  return order.snapshotIntervalMs === undefined ? "rtc_record" : "rtc_snapshot";
}
