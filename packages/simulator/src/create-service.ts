import type { AdminService } from "./admin/admin-route.ts";
import type { SimulatorState } from "./client/simulator-client.ts";
import { failRecorder } from "./core/recorders.ts";
import { channelStates } from "./core/state.ts";
import type { World } from "./core/world.ts";
import { createWorld } from "./core/world.ts";
import { createFaultBook } from "./faults/fault-book.ts";
import type { openHistory } from "./history/history-writer.ts";
import type { Media } from "./media/create-media.ts";
import type { PresenceService } from "./presence/handle-presence-request.ts";
import { createPresenceService } from "./presence/handle-presence-request.ts";
import { createNotifications } from "./publish/create-notifications.ts";
import { createEventPublisher } from "./publish/event-publisher.ts";
import type { KafkaTarget } from "./publish/kafka-sender.ts";
import { createKafkaSender } from "./publish/kafka-sender.ts";
import type { SendEvent } from "./publish/notification.ts";
import { createScenarioPlayer } from "./scenario/play-scenario.ts";
import type { MediaSettings } from "./settings/media.ts";
import type { SimulatorSettings } from "./settings/simulator-settings.ts";
import type { Random } from "./time/random.ts";
import type { createSystemScheduler } from "./time/scheduler.ts";

/** Time, chance and the history that everything is written into. */
export interface Ground {
  readonly nowMs: () => number;
  readonly warn: (message: string) => void;
  readonly seed: number;
  readonly random: Random;
  readonly scheduler: ReturnType<typeof createSystemScheduler>;
  readonly history: ReturnType<typeof openHistory>;
}

/** What a server lets callers in to. */
export interface SimulatedService extends AdminService {
  readonly presence: PresenceService;
}

interface ServiceOptions {
  readonly settings: SimulatorSettings;
  readonly ground: Ground;
  readonly kafka: KafkaTarget | undefined;
  readonly send: SendEvent | undefined;
}

/** The world, and whoever watches it or tells of it; what must be closed is added to `opened`. */
export async function createService(options: ServiceOptions, opened: AsyncDisposableStack): Promise<SimulatedService> {
  const { settings, ground } = options;
  const { random, scheduler, warn } = ground;
  const record = ground.history.write;
  const tellers = createTellers(options, () => world, opened);
  const { publisher, notifications } = tellers;
  const media = settings.media === undefined ? undefined : await loadMedia(settings.media, () => world, warn);
  opened.defer(() => media?.settled());
  opened.defer(scheduler.close);
  opened.defer(notifications.close);
  const world = createWorld({
    settings,
    scheduler,
    random: random.fork("world"),
    record: (line) => {
      record(line);
      presence.heard(line);
    },
    announce: (announcement) => {
      publisher?.publish(announcement);
      notifications.announce(announcement);
      presence.announced(announcement);
    },
    observers: [...notifications.observers, ...(media === undefined ? [] : [media.observe])],
    media: media?.port,
  });
  const faults = createFaultBook({ scheduler, random: random.fork("faults"), record });
  const presence = createPresenceService(world, faults);
  const scenarios = createScenarioPlayer({ world, faults, record }, { random: random.fork("scenarios"), warn });
  const state = (): SimulatorState => ({
    nowMs: ground.nowMs(),
    historyLines: ground.history.lineCount(),
    pendingEvents: publisher?.pendingCount() ?? 0,
    pendingNotifications: notifications.pendingCount(),
    armedFaults: faults.list().length,
    channels: channelStates(world),
  });
  return { world, faults, record, state, scenarios, presence, checkWebhooks: notifications.check };
}

/** What the outside hears: channel events to Kafka, notifications to webhooks and to a topic of recording events. */
function createTellers(
  { settings, ground, ...options }: ServiceOptions,
  world: () => World,
  opened: AsyncDisposableStack,
) {
  const { random, scheduler, history, warn } = ground;
  const record = history.write;
  const recordingEvents = options.kafka === undefined ? undefined : createRecordingTopic(options.kafka, warn);
  opened.defer(() => recordingEvents?.close());
  const kafka = options.kafka === undefined ? undefined : createKafkaSender(options.kafka, warn);
  opened.defer(() => kafka?.close());
  const send = options.send ?? kafka?.send;
  const publisher =
    send === undefined
      ? undefined
      : createEventPublisher({
          settings: () => world().settings,
          scheduler,
          random: random.fork("events"),
          record,
          send,
        });
  const notifications = createNotifications({
    settings,
    world,
    scheduler,
    random: random.fork("notifications"),
    record,
    warn,
    sendRecordingEvent: recordingEvents?.send,
  });
  return { publisher, notifications };
}

/** The muxer takes a third of a second to load, so only who wants files waits for it. */
async function loadMedia(media: MediaSettings, world: () => World, warn: (message: string) => void): Promise<Media> {
  const { createMedia } = await import("./media/create-media.ts");
  return createMedia({
    media,
    world,
    storageFailed: (recording, errorCode) => {
      failRecorder(world(), recording, errorCode === 32 ? "storage" : "upload");
    },
    warn,
  });
}

/** Undefined where nobody asks for recording events. */
function createRecordingTopic({ brokers, recordingTopic }: KafkaTarget, warn: (message: string) => void) {
  return recordingTopic === undefined ? undefined : createKafkaSender({ brokers, topic: recordingTopic }, warn);
}
