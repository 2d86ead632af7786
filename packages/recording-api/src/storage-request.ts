import { ApiConfigError, parseConfig } from "./api-config-error.ts";
import { channelSegment } from "./wire/channel-segment.ts";
import type { Immutable } from "./wire/start-client-request.ts";
import type { StorageSettings } from "./wire/storage-config.ts";
import {
  channelPlaceholder,
  datePlaceholder,
  livesLongEnough,
  storageConfigSchema,
  storageSettingsSchema,
} from "./wire/storage-config.ts";
import { resolveRegion, resolveVendor } from "./wire/storage-vendors.ts";
import type { z } from "zod";

/** What stands in for the placeholders of a storage's prefix and of a page's address. */
export interface RequestFill {
  /** For `{channel}`. */
  readonly channelName?: string;
  /** For `{date}`, the day in UTC: the same moment for every send of one attempt, so that its requests are equal. */
  readonly dateAtMs?: number;
  /** Given, a temporary token that ends within 4 hours from then is an error. @see R 3.5 */
  readonly nowMs?: number;
}

/** `storageConfig` as Agora takes it: numbers for names, folders for placeholders. @throws ApiConfigError */
export function storageRequest(settings: unknown, fill: RequestFill): Immutable<z.infer<typeof storageConfigSchema>> {
  const options = { subject: "storage", field: "storageConfig" };
  const storage = parseConfig(storageSettingsSchema, settings, options);
  if (fill.nowMs !== undefined && !livesLongEnough(storage, fill.nowMs)) {
    const value = String(storage.stsExpiration);
    const expected = "a moment at least 4 hours from now, in Unix seconds";
    throw new ApiConfigError("storage", [{ field: "storageConfig.stsExpiration", value, expected }]);
  }
  const { fileNamePrefix } = storage;
  const request = {
    ...storage,
    vendor: numberOf(resolveVendor(storage.vendor)),
    region: numberOf(resolveRegion(storage.vendor, storage.region)),
    ...(fileNamePrefix === undefined ? {} : { fileNamePrefix: filledPrefix(fileNamePrefix, fill) }),
  };
  return parseConfig(storageConfigSchema, request, options);
}

function numberOf(resolved: ReturnType<typeof resolveVendor>): number | undefined {
  return resolved.ok ? resolved.number : undefined;
}

/** The folders, with the placeholders filled in. @throws ApiConfigError */
export function filledPrefix(
  prefix: NonNullable<StorageSettings["fileNamePrefix"]>,
  fill: RequestFill,
): readonly string[] {
  return prefix.map((segment, index) => {
    const problem = (expected: string): ApiConfigError =>
      new ApiConfigError("storage", [
        { field: `storageConfig.fileNamePrefix.${index}`, value: `"${segment}"`, expected },
      ]);
    if (segment === channelPlaceholder) {
      const folder = fill.channelName === undefined ? undefined : channelSegment(fill.channelName);
      if (folder === undefined) throw problem("a channel name of 1 to 64 bytes beside it, to fill it in");
      return folder;
    }
    if (segment === datePlaceholder) {
      if (fill.dateAtMs === undefined) throw problem("a date beside it, to fill it in");
      return new Date(fill.dateAtMs).toISOString().slice(0, 10).replaceAll("-", "");
    }
    return segment;
  });
}
