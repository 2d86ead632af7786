import { z } from "zod";
import { parseConfig } from "./api-config-error.ts";
import type { AcquireClientRequest } from "./wire/acquire-client-request.ts";
import { acquireClientRequestSchemas } from "./wire/acquire-client-request.ts";
import type { RecordingMode } from "./wire/recording-mode.ts";
import { recordingModeSchema } from "./wire/recording-mode.ts";
import { channelNameSchema, idOf, pageLabelSchema, uidSchema } from "./wire/scalars.ts";
import type { StartClientRequest } from "./wire/start-client-request.ts";
import type { UpdateClientRequest, UpdateLayoutClientRequest } from "./wire/update-client-request.ts";

/** One acquire: which recorder in which channel, and how long it is to be reachable. */
export interface AcquireOrder {
  /** In mode web a label of at most 128 bytes. */
  readonly channelName: string;
  /** The recorder's uid, 1 … 4294967295. */
  readonly uid: number;
  readonly mode: RecordingMode;
  /** 1 … 720; hours in which query, update and stop will work; Agora's default is 72. */
  readonly resourceExpiredHour?: number;
  /** Fence: servers elsewhere are never used, and the storage must lie there. */
  readonly region?: "CN" | "AP" | "EU" | "NA";
  /** Wish: 0 nearest to the request, 1 China, 2 South-East Asia, 3 Europe, 4 North America. */
  readonly regionAffinity?: 0 | 1 | 2 | 3 | 4;
  /** Of sibling recordings of the same channel: this one gets another area. @see R 10.6 */
  readonly excludeResourceIds?: readonly string[];
  /** Must equal the later start's request word for word; Agora spreads its load better when it knows. */
  readonly startClientRequest?: StartClientRequest;
}

/** One start of an acquired resource. */
export interface StartOrder {
  readonly resourceId: string;
  /** The `host` of the acquire's answer: a start goes there and nowhere else. Default: the client's first host. */
  readonly host?: string | undefined;
  readonly mode: RecordingMode;
  readonly channelName: string;
  readonly uid: number;
  readonly clientRequest: StartClientRequest;
}

/** One look at a session. */
export interface QueryOrder {
  readonly resourceId: string;
  /** The `host` of the recording's acquire: preferred, not required. */
  readonly host?: string | undefined;
  readonly sid: string;
  readonly mode: RecordingMode;
}

/** One change of what a session records, pauses, streams or writes to. */
export interface UpdateOrder extends QueryOrder {
  readonly channelName: string;
  readonly uid: number;
  readonly clientRequest: UpdateClientRequest;
}

/** One new layout of a session; mode mix alone has one. */
export interface UpdateLayoutOrder extends Omit<QueryOrder, "mode"> {
  readonly channelName: string;
  readonly uid: number;
  readonly clientRequest: UpdateLayoutClientRequest;
}

/** One stop of a session. */
export interface StopOrder extends QueryOrder {
  readonly channelName: string;
  readonly uid: number;
  /** false: Agora answers after its uploads, up to 20 s and more. Default true: at once. @see R 6 */
  readonly async?: boolean;
}

const resourceIdSchema = idOf("the resourceId of an acquire");
const sessionShape = { resourceId: resourceIdSchema, sid: idOf("the sid of a start") };
const channelShape = { channelName: z.string(), uid: uidSchema, mode: recordingModeSchema };

const acquireOrderSchema = withChannelName({ ...channelShape });
const startOrderSchema = withChannelName({ ...channelShape, resourceId: resourceIdSchema });
const queryOrderSchema = z.object({ ...sessionShape, mode: recordingModeSchema });
const controlOrderSchema = withChannelName({ ...sessionShape, ...channelShape });
const layoutOrderSchema = z.object({ ...sessionShape, channelName: channelNameSchema, uid: uidSchema });

/** The order, or an `ApiConfigError` that also names what is wrong with its client request. */
export function parseAcquireOrder(order: AcquireOrder): AcquireOrder {
  parseConfig(acquireOrderSchema, order, { subject: "acquire" });
  acquireClientRequest(order);
  return order;
}

/** What acquire is told beside channel and uid, or an `ApiConfigError`. */
export function acquireClientRequest(order: AcquireOrder): AcquireClientRequest {
  const { excludeResourceIds, mode, region, regionAffinity, resourceExpiredHour, startClientRequest } = order;
  const request: AcquireClientRequest = {
    scene: mode === "web" ? 1 : 0,
    ...(resourceExpiredHour === undefined ? {} : { resourceExpiredHour }),
    ...(region === undefined ? {} : { region }),
    ...(regionAffinity === undefined ? {} : { regionAffinity }),
    ...(excludeResourceIds === undefined ? {} : { excludeResourceIds }),
    ...(startClientRequest === undefined ? {} : { startParameter: startClientRequest }),
  };
  parseConfig<z.ZodType>(acquireClientRequestSchemas[mode], request, { subject: "acquire" });
  return request;
}

/** The order, or an `ApiConfigError`; its `clientRequest` is checked apart. */
export function parseStartOrder(order: StartOrder): StartOrder {
  parseConfig(startOrderSchema, order, { subject: "start" });
  return order;
}

/** The order, or an `ApiConfigError`. */
export function parseQueryOrder(order: QueryOrder): QueryOrder {
  parseConfig(queryOrderSchema, order, { subject: "query" });
  return order;
}

/** The order, or an `ApiConfigError`; its `clientRequest` is checked apart. */
export function parseUpdateOrder(order: UpdateOrder): UpdateOrder {
  parseConfig(controlOrderSchema, order, { subject: "update" });
  return order;
}

/** The order, or an `ApiConfigError`; its `clientRequest` is checked apart. */
export function parseUpdateLayoutOrder(order: UpdateLayoutOrder): UpdateLayoutOrder {
  parseConfig(layoutOrderSchema, order, { subject: "updateLayout" });
  return order;
}

/** The order, or an `ApiConfigError`. */
export function parseStopOrder(order: StopOrder): StopOrder {
  parseConfig(controlOrderSchema, order, { subject: "stop" });
  return order;
}

interface NamedChannel extends z.core.$ZodLooseShape {
  readonly channelName: z.ZodString;
  readonly mode: typeof recordingModeSchema;
}

/** The channel of modes individual and mix has Agora's characters; what a page recording is called is free. */
function withChannelName(shape: NamedChannel): z.ZodType {
  return z.object(shape).superRefine((order, context) => {
    const { error } = (order["mode"] === "web" ? pageLabelSchema : channelNameSchema).safeParse(order["channelName"]);
    for (const { message } of error?.issues ?? []) {
      context.addIssue({ code: "custom", path: ["channelName"], message });
    }
  });
}
