import { createGateway } from "./api/gateway.ts";
import { recordRefusal } from "./api/record-refusal.ts";
import type { SimulatorClient } from "./client/simulator-client.ts";
import { createSimulatorClient } from "./client/simulator-client.ts";
import type { Ground, SimulatedService } from "./create-service.ts";
import { createService } from "./create-service.ts";
import { openHistory } from "./history/history-writer.ts";
import { addAdminRoutes } from "./http/admin-routes.ts";
import { addAgoraRoutes } from "./http/agora-routes.ts";
import { createServer } from "./http/create-server.ts";
import { listenOnTls } from "./http/listen-on-tls.ts";
import type { KafkaTarget } from "./publish/kafka-sender.ts";
import type { SendEvent } from "./publish/notification.ts";
import { readScenario } from "./scenario/read-scenario.ts";
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
 * Starts Agora's stand-in in this process and resolves when it listens; what was opened is closed again when it cannot.
 * @throws SettingsError when the settings are wrong; Node's error when the port or the history file cannot be had.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = readSettings(options);
  const scenario =
    options.scenario === undefined ? undefined : readScenario(options.scenario.text, options.scenario.name);
  // Closed in the reverse order of what is added.
  await using opened = new AsyncDisposableStack();
  const ground = openGround(options, settings, opened);
  const service = await createService({ settings, ground, kafka: options.kafka, send: options.send }, opened);
  const { baseUrl, httpsUrl } = await listen(options, service, opened);
  if (scenario !== undefined) service.scenarios.play(scenario);
  const running = opened.move();
  const close = (): Promise<void> => running.disposeAsync();
  const client = createSimulatorClient(baseUrl);
  return { baseUrl, httpsUrl, seed: ground.seed, client, close, [Symbol.asyncDispose]: close };
}

/** Time, chance and the history that everything is written into. */
function openGround(options: SimulatorOptions, settings: SimulatorSettings, opened: AsyncDisposableStack): Ground {
  const nowMs = options.nowMs ?? Date.now;
  const warn = options.warn ?? ((message: string) => process.stderr.write(`simulator: ${message}\n`));
  const seed = options.seed ?? nowMs() % 4_294_967_296;
  const scheduler = createSystemScheduler(nowMs);
  const history = openHistory({
    path: options.historyPath,
    nowMs,
    secrets: secretsOf(settings),
    onLine: options.onHistoryLine,
  });
  opened.defer(history.close);
  history.write({ kind: "simulation-started", version: simulatorVersion, settings: settingsLine(settings, seed) });
  return { nowMs, warn, seed, random: createRandom(seed), scheduler, history };
}

/** Lets callers in, by HTTPS too where it was asked for. */
async function listen(
  { tls, port = 0, host = "127.0.0.1" }: SimulatorOptions,
  service: SimulatedService,
  opened: AsyncDisposableStack,
): Promise<Pick<Simulator, "baseUrl" | "httpsUrl">> {
  const { world } = service;
  const refuse = (status: number): string => recordRefusal(world, status);
  const server = createServer({ refuse });
  opened.defer(() => server.close());
  addAdminRoutes(server, service);
  addAgoraRoutes(server, { ...service, gateway: createGateway(world) });
  const baseUrl = await server.listen({ host, port });
  if (tls === undefined) return { baseUrl, httpsUrl: undefined };
  const maxVersion = world.settings.switches.tls13 ? "TLSv1.3" : "TLSv1.2";
  const https = await listenOnTls(server, { ...tls, host, maxVersion, refuse });
  opened.defer(https.close);
  return { baseUrl, httpsUrl: https.baseUrl };
}

function readSettings({ settings: input, mediaFolder }: SimulatorOptions): SimulatorSettings {
  const settings = parseSimulatorSettings("unchecked" in input ? input.unchecked : input);
  return mediaFolder === undefined ? settings : { ...settings, media: withMediaFolder(settings.media, mediaFolder) };
}

/** All settings but secrets, and beside them the figures that a judge reads under names of its own. */
function settingsLine(settings: SimulatorSettings, seed: number) {
  const { accounts, durations, client, recoveries } = settings;
  return {
    ...publicSettings(settings),
    requestsPerSecond: Math.min(...accounts.map((account) => account.requestsPerSecond)),
    workers: Math.min(...accounts.map((account) => account.workersMax)),
    migrationMs: durations.migrationMs.max,
    seed,
    client,
    ...(recoveries.length === 0 ? {} : { recoveries }),
  };
}

function secretsOf(settings: SimulatorSettings): readonly string[] {
  const accounts = settings.accounts.flatMap(({ customerSecret, apps }) => [
    customerSecret,
    ...apps.flatMap(({ appCertificate }) => (appCertificate === undefined ? [] : [appCertificate])),
  ]);
  return [...accounts, ...settings.webhooks.map(({ secret }) => secret)];
}
