import { createGateway } from "../api/gateway.ts";
import type { Reply } from "../api/handle-request.ts";
import { handleRequest } from "../api/handle-request.ts";
import type { JoinOrder } from "../core/participants.ts";
import { changeRole, joinParticipant, leaveParticipant } from "../core/participants.ts";
import type { MediaPort, RecordingObserver } from "../core/recording-moment.ts";
import type { RecorderPlan } from "../core/new-recording.ts";
import type { Announcement, NewHistoryLine, World } from "../core/world.ts";
import { createWorld } from "../core/world.ts";
import type { FaultOrderInput } from "../faults/fault-order.ts";
import { faultOrderSchema } from "../faults/fault-order.ts";
import { createFaultBook } from "../faults/fault-book.ts";
import type { SimulatorSettingsInput } from "../settings/simulator-settings.ts";
import { parseSimulatorSettings } from "../settings/simulator-settings.ts";
import { createRandom } from "../time/random.ts";
import { createManualScheduler } from "../time/scheduler.ts";

export const appId = "0123456789abcdef0123456789abcdef";
export const otherAppId = "fedcba9876543210fedcba9876543210";
export const customerSecret = "planted-customer-secret";
const channelName = "room";

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly host?: string | undefined;
  readonly body?: unknown;
  readonly authorization?: string | undefined;
  readonly userAgent?: string;
  readonly contentType?: string | undefined;
}

export type SettingsPatch = Partial<Omit<SimulatorSettingsInput, "accounts">> & {
  readonly limits?: { readonly requestsPerSecond?: number; readonly burst?: number; readonly workersMax?: number };
  readonly appCertificate?: string;
  /** Of everything that chance decides. Default 1. */
  readonly seed?: number;
  readonly service?: "enabled" | "notEnabled" | "inactive";
  readonly observers?: readonly RecordingObserver[];
  readonly media?: MediaPort;
  /** Told of every line of the history, and of every announcement. */
  readonly onRecord?: (line: NewHistoryLine) => void;
  readonly onAnnounce?: (announcement: Announcement) => void;
};

/** The whole service without server and files, on time that moves by `advance` alone. */
export function createSimulatedAgora(patch: SettingsPatch = {}) {
  const {
    limits,
    appCertificate,
    seed = 1,
    service: appService = "enabled",
    observers,
    media,
    onRecord,
    onAnnounce,
    ...rest
  } = patch;
  const settings = parseSimulatorSettings({
    profile: "fast",
    ...rest,
    accounts: [
      {
        customerId: "customer",
        customerSecret,
        requestsPerSecond: 1_000,
        ...limits,
        apps: [{ appId, service: appService, ...(appCertificate === undefined ? {} : { appCertificate }) }],
      },
      { customerId: "stranger", customerSecret: "strangers-secret", apps: [{ appId: otherAppId }] },
    ],
    durations: { answerMs: { min: 0, max: 0 }, ...rest.durations },
  });
  const scheduler = createManualScheduler(1_700_000_000_000);
  const lines: NewHistoryLine[] = [];
  const announcements: Announcement[] = [];
  const record = (line: NewHistoryLine): void => {
    lines.push(line);
    onRecord?.(line);
  };
  const world: World = createWorld({
    settings,
    scheduler,
    random: createRandom(seed),
    record,
    announce: (announcement) => {
      announcements.push(announcement);
      onAnnounce?.(announcement);
    },
    observers,
    media,
  });
  const faults = createFaultBook({ scheduler, random: createRandom(2), record });
  const service = { world, gateway: createGateway(world), faults };

  const begin = (request: Request): Promise<Reply> =>
    handleRequest(service, {
      method: request.method ?? "POST",
      path: request.path,
      host: request.host,
      authorization: "authorization" in request ? request.authorization : basic("customer", customerSecret),
      userAgent: request.userAgent ?? "autorec/0.1.0 consumer-1",
      contentType: "contentType" in request ? request.contentType : "application/json",
      bodyText:
        request.body === undefined
          ? ""
          : typeof request.body === "string"
            ? request.body
            : JSON.stringify(request.body),
      isAbandoned: () => false,
    });
  const call = async (request: Request, waitMs = 0): Promise<Answer> => {
    const reply = begin(request);
    // The answer is planned for "now": a step of no length lets it out.
    scheduler.advance(waitMs);
    return answerOf(await reply);
  };

  return {
    world,
    scheduler,
    lines,
    announcements,
    begin,
    call,
    faults,
    kinds: (): readonly string[] => lines.map((line) => ("cause" in line ? `${line.kind} ${line.cause}` : line.kind)),
    arm: (order: FaultOrderInput): string => faults.arm(faultOrderSchema.parse(order)),
    join: (
      uid: number,
      role: "host" | "audience" = "host",
      publishes: JoinOrder["publishes"] = "both",
      cname = channelName,
    ) => joinParticipant(world, { appId, channelName: cname, uid, role, publishes }),
    role: (uid: number, role: "host" | "audience") => changeRole(world, { appId, channelName, uid, role }),
    leave: (uid: number, reason = 1) =>
      leaveParticipant(world, { appId, channelName, uid, reason, rejoinExpected: false }),
    acquire: (uid: number, clientRequest: Readonly<Record<string, unknown>> = {}, cname = channelName) =>
      call({ path: acquirePath(), body: { cname, uid: String(uid), clientRequest } }),
    start: (resourceId: string, uid: number, options: StartOptions = {}) =>
      call(startRequest(resourceId, uid, options)),
    /** acquire and start in one go; in mode web with scene 1. */
    record: async (uid: number, options: StartOptions = {}): Promise<StartedRecording> => {
      const { mode = "mix", cname = channelName, acquired: acquireRequest = {} } = options;
      const acquired = await call({
        path: acquirePath(),
        body: { cname, uid: String(uid), clientRequest: { scene: mode === "web" ? 1 : 0, ...acquireRequest } },
      });
      const resourceId = textOf(acquired.body["resourceId"]);
      const started = await call(startRequest(resourceId, uid, options));
      return { resourceId, sid: textOf(started.body["sid"]), uid, cname, mode, started };
    },
    query: (recording: RecordingIds) => call({ method: "GET", path: controlPath(recording, "query", recording.mode) }),
    update: (recording: StartedRecording, clientRequest: Readonly<Record<string, unknown>>, word = "update") =>
      call({
        path: controlPath(recording, word, recording.mode),
        body: { cname: recording.cname, uid: String(recording.uid), clientRequest },
      }),
    stop: (
      recording: RecordingIds & { readonly uid: number; readonly cname?: string },
      clientRequest: Readonly<Record<string, unknown>> = { async_stop: true },
      { uploadMs = 0 } = {},
    ) => call(stopRequest(recording, clientRequest), uploadMs),
  };
}

/** What a path of a started recording is made of. */
export interface RecordingIds {
  readonly resourceId: string;
  readonly sid: string;
  readonly mode?: string;
}
export interface StartedRecording extends RecordingIds {
  readonly mode: string;
  readonly uid: number;
  readonly cname: string;
  readonly started: Answer;
}

/** A mix recording of everybody, for tests that call the core itself. */
export const mixPlan = {
  mode: "mix",
  order: {
    channelType: 0,
    maxIdleMs: 20_000,
    streamTypes: 2,
    streamMode: "default",
    fileTypes: ["hls"],
    correctExtinf: false,
    uidsMax: 17,
  },
  storage: {
    vendor: 1,
    region: 0,
    bucket: "bucket",
    accessKey: "planted-access-key",
    secretKey: "planted-secret-key",
    fileNamePrefix: [],
  },
  subscription: { audio: "everybody", video: "everybody" },
  onhold: false,
  rtmpUrl: undefined,
} as const satisfies RecorderPlan;

export interface StartOptions {
  readonly mode?: string;
  readonly cname?: string;
  readonly token?: string;
  readonly bucket?: string;
  readonly recordingConfig?: Readonly<Record<string, unknown>>;
  readonly recordingFileConfig?: Readonly<Record<string, unknown>>;
  /** Fields of `clientRequest` beside or instead of the usual ones; undefined leaves one out. */
  readonly request?: Readonly<Record<string, unknown>>;
  /** Fields of `clientRequest` in the acquire before. */
  readonly acquired?: Readonly<Record<string, unknown>>;
  /** Of mode web: fields of the page recorder's `serviceParam`. */
  readonly page?: Readonly<Record<string, unknown>>;
  readonly rtmpUrl?: string;
}

export function acquirePath(app = appId): string {
  return `/v1/apps/${app}/cloud_recording/acquire`;
}

export function controlPath(recording: RecordingIds, call: string, mode = "mix"): string {
  return `/v1/apps/${appId}/cloud_recording/resourceid/${recording.resourceId}/sid/${recording.sid}/mode/${mode}/${call}`;
}

export function startRequest(resourceId: string, uid: number, options: StartOptions = {}): Request {
  const { mode = "mix", cname = channelName } = options;
  return {
    path: `/v1/apps/${appId}/cloud_recording/resourceid/${resourceId}/mode/${mode}/start`,
    body: { cname, uid: String(uid), clientRequest: clientRequest(options) },
  };
}

export function clientRequest(options: StartOptions = {}): Readonly<Record<string, unknown>> {
  const {
    token,
    bucket = "bucket",
    recordingConfig = { channelType: 0, maxIdleTime: 20 },
    recordingFileConfig,
    mode = "mix",
  } = options;
  return {
    ...(token === undefined ? {} : { token }),
    ...(mode === "web" ? { extensionServiceConfig: extensionServices(options) } : { recordingConfig }),
    ...(recordingFileConfig === undefined ? {} : { recordingFileConfig }),
    storageConfig: { vendor: 1, region: 0, bucket, accessKey: "planted-access-key", secretKey: "planted-secret-key" },
    ...options.request,
  };
}

/** `extensionServiceConfig` of a page that is recorded, and pushed when an address is given. */
export function extensionServices({ page, rtmpUrl }: Pick<StartOptions, "page" | "rtmpUrl"> = {}) {
  const serviceParam = {
    url: "https://page.example.org/board",
    audioProfile: 1,
    videoWidth: 1280,
    videoHeight: 720,
    maxRecordingHour: 3,
    ...page,
  };
  const push = { serviceName: "rtmp_publish_service", serviceParam: { outputs: [{ rtmpUrl }] } };
  return {
    extensionServices: [
      { serviceName: "web_recorder_service", serviceParam },
      ...(rtmpUrl === undefined ? [] : [push]),
    ],
  };
}

/** The stop of a recording, to be begun and awaited apart. */
export function stopRequest(
  recording: RecordingIds & { readonly uid: number; readonly cname?: string },
  clientRequest: Readonly<Record<string, unknown>> = {},
): Request {
  const { uid, cname = channelName, mode } = recording;
  return { path: controlPath(recording, "stop", mode), body: { cname, uid: String(uid), clientRequest } };
}

export function basic(customerId: string, secret: string): string {
  return `Basic ${Buffer.from(`${customerId}:${secret}`).toString("base64")}`;
}

/** `serverResponse` of a query or stop. */
export function responseOf(answer: Answer): unknown {
  return answer.body["serverResponse"];
}

/** The status that a query shows. */
export function statusOf(answer: Answer): unknown {
  const response = answer.body["serverResponse"];
  return typeof response === "object" && response !== null && "status" in response ? response.status : undefined;
}

function answerOf(reply: Reply): Answer {
  if (reply.kind !== "answer") throw new Error(`expected an answer, the connection was given: ${reply.kind}`);
  const { status, body, requestId, headers } = reply;
  if (typeof body !== "object" || body === null) throw new Error(`expected a JSON object, got ${typeof body}`);
  return { status, body: Object.fromEntries(Object.entries(body)), requestId, headers };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
