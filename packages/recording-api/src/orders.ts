import { z } from "zod";
import { parseConfig } from "./api-config-error.ts";
import type { RecordingMode } from "./wire/recording-mode.ts";
import { recordingModes } from "./wire/recording-mode.ts";
import { resourceExpiredHourSchema } from "./wire/requests.ts";
import { channelNameSchema, oneOf, textOf, uidSchema } from "./wire/scalars.ts";
import type { StartClientRequest } from "./wire/start-client-request.ts";

export interface AcquireOrder {
  readonly channelName: string;
  /** The recorder's uid, 1 … 4294967295. */
  readonly uid: number;
  readonly mode: RecordingMode;
  /** 1 … 720; hours in which query and stop will work; Agora's default is 72. */
  readonly resourceExpiredHour?: number;
  /** Must equal the later start's request word for word; Agora spreads its load better when it knows. */
  readonly startClientRequest?: StartClientRequest;
}

export interface StartOrder {
  readonly resourceId: string;
  readonly mode: RecordingMode;
  readonly channelName: string;
  readonly uid: number;
  readonly clientRequest: StartClientRequest;
}

export interface QueryOrder {
  readonly resourceId: string;
  readonly sid: string;
  readonly mode: RecordingMode;
}

export interface StopOrder extends QueryOrder {
  readonly channelName: string;
  readonly uid: number;
}

const modeSchema = oneOf(recordingModes);
const resourceIdSchema = textOf("the resourceId of an acquire");
const channelShape = { channelName: channelNameSchema, uid: uidSchema, mode: modeSchema };

const acquireOrderSchema = z.object({ ...channelShape, resourceExpiredHour: resourceExpiredHourSchema.optional() });
const startOrderSchema = z.object({ ...channelShape, resourceId: resourceIdSchema });
const queryOrderSchema = z.object({
  resourceId: resourceIdSchema,
  sid: textOf("the sid of a start"),
  mode: modeSchema,
});
const stopOrderSchema = z.object({ ...queryOrderSchema.shape, ...channelShape });

/** The order, or an `ApiConfigError`. */
export function parseAcquireOrder(order: AcquireOrder): AcquireOrder {
  parseConfig(acquireOrderSchema, order, { subject: "acquire" });
  return order;
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

/** The order, or an `ApiConfigError`. */
export function parseStopOrder(order: StopOrder): StopOrder {
  parseConfig(stopOrderSchema, order, { subject: "stop" });
  return order;
}
