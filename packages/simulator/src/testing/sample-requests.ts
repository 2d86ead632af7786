import type { RawRequest } from "../api/handle-request.ts";

export const appId = "0123456789abcdef0123456789abcdef";
export const otherAppId = "fedcba9876543210fedcba9876543210";
export const customerSecret = "planted-customer-secret";
/** Where everything takes place that names no channel. */
export const channelName = "room";

/** A request of which tests say only what matters to them. */
export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly host?: string | undefined;
  readonly body?: unknown;
  readonly authorization?: string | undefined;
  readonly userAgent?: string;
  readonly contentType?: string | undefined;
}

/** What a path of a started recording is made of. */
export interface RecordingIds {
  readonly resourceId: string;
  readonly sid: string;
  readonly mode?: string;
}

/** What a start asks for beside or instead of the usual. */
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

/** As a well-behaved client of the first account sends it, but for what the request says. */
export function toRawRequest(request: Request): RawRequest {
  return {
    method: request.method ?? "POST",
    path: request.path,
    host: request.host,
    authorization: "authorization" in request ? request.authorization : basic("customer", customerSecret),
    userAgent: request.userAgent ?? "autorec/0.1.0 consumer-1",
    contentType: "contentType" in request ? request.contentType : "application/json",
    bodyText: bodyTextOf(request.body),
    isAbandoned: () => false,
  };
}

function bodyTextOf(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

export function basic(customerId: string, secret: string): string {
  return `Basic ${Buffer.from(`${customerId}:${secret}`).toString("base64")}`;
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
