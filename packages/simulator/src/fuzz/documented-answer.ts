import { z } from "zod";
import type { RequestCall } from "../history/history-line.ts";

/**
 * What is not of a form that the reference documents about this answer; undefined when it is. Written from the reference
 * alone, not from what the simulator happens to answer. @see R 2.2, 3.12, 4, 5, 6, 7
 */
export function undocumentedIn(
  call: RequestCall,
  answer: { readonly status: number; readonly body: unknown },
): string | undefined {
  const { status, body } = answer;
  const problem = (schema: z.ZodType): string | undefined => {
    const parsed = schema.safeParse(body);
    return parsed.success ? undefined : z.prettifyError(parsed.error);
  };
  if (status === 200) return call === "other" ? "200 without a route" : problem(successes[call]);
  if (typeof body !== "object" || body === null) return "a body that is no object";
  if ("message" in body) {
    const known = gatewayMessages.get(status);
    return known === undefined ? `${String(status)} with a message` : problem(known);
  }
  if (call === "other") return "an answer of the service without a route";
  const code = "code" in body ? body.code : undefined;
  if (typeof code !== "number" || !codes[call].some(([at, known]) => at === status && known === code)) {
    return `${String(status)}/${String(code)} is not documented for ${call}`;
  }
  return problem(serviceError);
}

/** By HTTP status; those below 400 never have a `message`. @see R 1.6, R 7.2; the last four are Kong's own. */
const gatewayMessages: ReadonlyMap<number, z.ZodType> = new Map([
  [400, messages("appid is invalid", "request rate exceeds the limit of concurrent tasks", "Bad request")],
  [401, messages("Unauthorized", "Invalid authentication credentials")],
  [404, messages("no Route matched with those values")],
  [408, messages("Request timeout")],
  [413, messages("Payload too large")],
  [429, messages("API rate limit exceeded")],
  [431, messages("Request header or cookie too large")],
]);

function messages(...known: readonly string[]): z.ZodType {
  return z.strictObject({ message: z.literal([...known]) });
}

type StatusCode = readonly [status: number, code: number];
const malformed: readonly StatusCode[] = [
  [400, 2],
  [400, 8],
];
const resource: readonly StatusCode[] = [[400, 432], [400, 433], [400, 1001], [400, 1003], ...malformed];
const control: readonly StatusCode[] = [[404, 404], ...resource];
/** Pairs of HTTP status and code. @see R 7.2, R 7.3 */
const codes: Readonly<Record<Exclude<RequestCall, "other">, readonly StatusCode[]>> = {
  acquire: [[400, 400], [400, 401], [400, 405], [400, 406], ...malformed],
  start: [[201, 7], [400, 53], [400, 406], ...resource],
  query: control,
  update: control,
  updateLayout: [[400, 1028], ...control],
  stop: [[206, 435], [206, 65], [206, 50], [400, 49], ...control],
};

const text = z.string().min(1);
const digits = z.string().regex(/^[1-9]\d{0,9}$/);
const sid = z.string().regex(/^[0-9a-f]{32}$/);
const echo = { cname: text.exactOptional(), uid: digits.exactOptional() };
const sliceStartTime = z.int().min(1_000_000_000_000).max(9_999_999_999_999);

const currentError = z.strictObject({ code: z.int(), reason: text, sid: sid.exactOptional() });
const olderError = z.strictObject({
  cname: z.string().exactOptional(),
  uid: z.string().exactOptional(),
  code: z.int(),
  resourceId: z.string(),
  sid: z.string(),
  serverResponse: z.looseObject({ command: text, payload: z.strictObject({ message: text }) }),
});

const serviceError = z.union([currentError, olderError]);

const fileName = z.string().regex(/^(bak\d_)?[0-9a-f]{32}_.*\.(m3u8|mp4)$/s);
const fileShape = {
  trackType: z.enum(["audio", "video", "audio_and_video"]),
  uid: z.string().regex(/^\d{1,10}$/),
  mixedAllUser: z.boolean(),
  isPlayable: z.boolean(),
  sliceStartTime,
};
const file = z.union([
  z.strictObject({ fileName, ...fileShape }),
  z.strictObject({ filename: fileName, ...fileShape }),
]);
const fileFields = z.union([
  z.strictObject({ fileListMode: z.literal("string"), fileList: z.union([fileName, z.literal("")]) }),
  z.strictObject({ fileListMode: z.literal("json"), fileList: z.array(file) }),
  z.strictObject({}),
]);
const status = z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 20]);
const uploadingStatus = z.enum(["uploaded", "backuped", "unknown", "unknow"]);
const state = z.enum(["init", "inProgress", "exit"]);
const pagePayload = z.strictObject({
  state,
  onhold: z.boolean(),
  fileList: z.array(z.strictObject({ filename: fileName, sliceStartTime })),
});
const pushPayload = z.strictObject({
  state,
  outputs: z.tuple([
    z.strictObject({
      rtmpUrl: z.string().regex(/^rtmps?:/),
      status: z.enum(["connecting", "publishing", "onhold", "disconnected"]),
    }),
  ]),
});
const upload = z.strictObject({ uploadingStatus });
const named = <Name extends string, Payload extends z.ZodType>(name: Name, payload: Payload) =>
  z.union([
    z.strictObject({ serviceName: z.literal(name), payload }),
    z.strictObject({ serviceName: z.literal(name), playload: payload }),
  ]);

/** `z.strictObject` cannot be intersected: what is common is taken away first. */
const queryResponse = z.union([
  z.strictObject({ status, extensionServiceState: z.array(namedPage()).min(1).max(2) }),
  withOut({ status, sliceStartTime: sliceStartTime.exactOptional() }, fileFields),
]);
const stopResponse = z.union([
  upload,
  z.strictObject({
    extensionServiceState: z.tuple([named("upload_service", upload), named("web_recorder_service", pagePayload)]),
  }),
  withOut({ uploadingStatus }, fileFields),
]);

const started = { ...echo, resourceId: text, sid };
const successes: Readonly<Record<Exclude<RequestCall, "other">, z.ZodType>> = {
  acquire: z.strictObject({ ...echo, resourceId: z.string().regex(/^[\w-]{64,}$/) }),
  start: z.strictObject(started),
  query: z.strictObject({ ...started, serverResponse: queryResponse }),
  update: z.strictObject(started),
  updateLayout: z.strictObject(started),
  stop: z.strictObject({ ...started, serverResponse: stopResponse.exactOptional() }),
};

function namedPage() {
  return z.union([named("web_recorder_service", pagePayload), named("rtmp_publish_service", pushPayload)]);
}

function withOut(common: z.ZodRawShape, rest: z.ZodType) {
  const commonSchema = z.object(common);
  return z.looseObject({}).superRefine((value, context) => {
    const first = commonSchema.safeParse(value);
    const others = Object.fromEntries(Object.entries(value).filter(([key]) => !Object.hasOwn(common, key)));
    const second = rest.safeParse(others);
    for (const { error } of [first, second]) {
      if (error !== undefined) context.addIssue({ code: "custom", message: z.prettifyError(error) });
    }
  });
}
