import { createGateway } from "./api/gateway.ts";
import { recordRefusal } from "./api/record-refusal.ts";
import type { SimulatorClient } from "./client/simulator-client.ts";
import { createSimulatorClient } from "./client/simulator-client.ts";
import { failRecorder } from "./core/recorders.ts";
import { channelStates } from "./core/state.ts";
import type { World } from "./core/world.ts";
import { createWorld } from "./core/world.ts";
import { createFaultBook } from "./faults/fault-book.ts";
import { openHistory } from "./history/history-writer.ts";
import { addAdminRoutes } from "./http/admin-routes.ts";
import { addAgoraRoutes } from "./http/agora-routes.ts";
import { createServer } from "./http/create-server.ts";
import { listenOnTls } from "./http/listen-on-tls.ts";
import type { Media } from "./media/create-media.ts";
import { createNotifications } from "./publish/create-notifications.ts";
import type { SendEvent } from "./publish/event-publisher.ts";
import { createEventPublisher } from "./publish/event-publisher.ts";
import type { KafkaTarget } from "./publish/kafka-sender.ts";
import { createKafkaSender } from "./publish/kafka-sender.ts";
import { createPresenceService } from "./presence/handle-presence-request.ts";
import { createScenarioPlayer } from "./scenario/play-scenario.ts";
import { readScenario } from "./scenario/read-scenario.ts";
import type { MediaSettings } from "./settings/media.ts";
import { withMediaFolder } from "./settings/media.ts";
import type { SimulatorSettings, SimulatorSettingsInput } from "./settings/simulator-settings.ts";
import { parseSimulatorSettings, publicSettings } from "./settings/simulator-settings.ts";
import { createRandom } from "./time/random.ts";
import { createSystemScheduler } from "./time/scheduler.ts";

/** Written into the history; raised when what the simulator does changes. */
const simulatorVersion = "1";

export interface SimulatorOptions {
  /** Checked at once; a value of unknown origin (a file) is as good as a typed one. */
  readonly settings: SimulatorSettingsInput | { readonly unchecked: unknown };
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** JSON Lines file; a history that lies there is kept as `<path>.previous`. */
  readonly historyPath?: string | undefined;
  /** Each line of the history as text, as it is written. */
  readonly onHistoryLine?: ((text: string) => void) | undefined;
  /** Where channel events go. With neither `kafka` nor `send` none are published and the history has no `event` lines. */
  readonly kafka?: KafkaTarget | undefined;
  /** Takes the place of Kafka in tests. */
  readonly send?: SendEvent | undefined;
  readonly seed?: number | undefined;
  /** Played as soon as it listens; YAML or JSON. `name` stands in errors. */
  readonly scenario?: { readonly name: string; readonly text: string } | undefined;
  /** Listens on HTTPS too, on the same paths: HTTP/1.1 and HTTP/2. `cert` and `key` are PEM. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly port: number } | undefined;
  /** Real files of the recordings are written there, in addition to what the settings say of media. */
  readonly mediaFolder?: string | undefined;
  /** Default: the clock of the system. */
  readonly nowMs?: (() => number) | undefined;
  /** Told about what an operator should know, such as a Kafka that refuses; default: standard error. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** A running simulator; `close` ends every connection and timer. */
export interface Simulator extends AsyncDisposable {
  readonly baseUrl: string;
  /** When `tls` was asked for. */
  readonly httpsUrl: string | undefined;
  readonly seed: number;
  readonly client: SimulatorClient;
  readonly close: () => Promise<void>;
}

/**
 * Starts Agora's stand-in in this process and resolves when it listens.
 * @throws SettingsError when the settings are wrong; Node's error when the port or the history file cannot be had.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = readSettings(options);
  const scenario =
    options.scenario === undefined ? undefined : readScenario(options.scenario.text, options.scenario.name);
  const nowMs = options.nowMs ?? Date.now;
  const warn = options.warn ?? ((message: string) => process.stderr.write(`simulator: ${message}\n`));
  const seed = options.seed ?? nowMs() % 4_294_967_296;
  const random = createRandom(seed);
  const scheduler = createSystemScheduler(nowMs);
  const history = openHistory({
    path: options.historyPath,
    nowMs,
    secrets: secretsOf(settings),
    onLine: options.onHistoryLine,
  });
  const record = history.write;
  record({ kind: "simulation-started", version: simulatorVersion, settings: settingsLine(settings, seed) });

  const kafka = options.kafka === undefined ? undefined : createKafkaSender(options.kafka, warn);
  const send = options.send ?? kafka?.send;
  const publisher =
    send === undefined
      ? undefined
      : createEventPublisher({
          settings: () => world.settings,
          scheduler,
          random: random.fork("events"),
          record,
          send,
        });
  const recordingEvents = options.kafka === undefined ? undefined : createRecordingTopic(options.kafka, warn);
  const notifications = createNotifications({
    settings,
    world: () => world,
    scheduler,
    random: random.fork("notifications"),
    record,
    warn,
    sendRecordingEvent: recordingEvents?.send,
  });
  const media = settings.media === undefined ? undefined : await loadMedia(settings.media, () => world, warn);
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
  const state = () => ({
    nowMs: nowMs(),
    historyLines: history.lineCount(),
    pendingEvents: publisher?.pendingCount() ?? 0,
    pendingNotifications: notifications.pendingCount(),
    armedFaults: faults.list().length,
    channels: channelStates(world),
  });

  const scenarios = createScenarioPlayer({ world, faults, record }, { random: random.fork("scenarios"), warn });

  const refuse = (status: number): string => recordRefusal(world, status);
  const server = createServer({ refuse });
  addAdminRoutes(server, { world, faults, record, state, scenarios, checkWebhooks: notifications.check });
  addAgoraRoutes(server, { world, gateway: createGateway(world), faults, presence });
  const host = options.host ?? "127.0.0.1";
  const baseUrl = await server.listen({ host, port: options.port ?? 0 });
  const maxVersion = settings.switches.tls13 ? "TLSv1.3" : "TLSv1.2";
  const https =
    options.tls === undefined ? undefined : await listenOnTls(server, { ...options.tls, host, maxVersion, refuse });
  if (scenario !== undefined) scenarios.play(scenario);

  const close = async (): Promise<void> => {
    await https?.close();
    await server.close();
    await notifications.close();
    scheduler.close();
    await media?.settled();
    await kafka?.close();
    await recordingEvents?.close();
    history.close();
  };
  return {
    baseUrl,
    httpsUrl: https?.baseUrl,
    seed,
    client: createSimulatorClient(baseUrl),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readSettings({ settings: input, mediaFolder }: SimulatorOptions): SimulatorSettings {
  const settings = parseSimulatorSettings("unchecked" in input ? input.unchecked : input);
  return mediaFolder === undefined ? settings : { ...settings, media: withMediaFolder(settings.media, mediaFolder) };
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

/** All settings but secrets, and beside them the figures that a judge reads under names of its own. */
function settingsLine(settings: SimulatorSettings, seed: number) {
  const { accounts, durations, client } = settings;
  return {
    ...publicSettings(settings),
    requestsPerSecond: Math.min(...accounts.map((account) => account.requestsPerSecond)),
    workers: Math.min(...accounts.map((account) => account.workersMax)),
    migrationMs: durations.migrationMs.max,
    seed,
    client,
  };
}

function secretsOf(settings: SimulatorSettings): readonly string[] {
  const accounts = settings.accounts.flatMap(({ customerSecret, apps }) => [
    customerSecret,
    ...apps.flatMap(({ appCertificate }) => (appCertificate === undefined ? [] : [appCertificate])),
  ]);
  return [...accounts, ...settings.webhooks.map(({ secret }) => secret)];
}
