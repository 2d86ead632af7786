import { z } from "zod";
import { channelSegmentLengthMax } from "./channel-segment.ts";
import { integerFrom, oneOf, textOf } from "./scalars.ts";
import { removedVendorNumbers, resolveRegion, resolveVendor } from "./storage-vendors.ts";

const segmentExpectation = "a list of path segments of letters and digits, at most 128 characters in all";
const prefixLengthMax = 128;
/** A temporary token must live this long when it is given. @see R 3.5 */
const stsLifeSMin = 4 * 3_600;

const extensionShape = {
  sse: oneOf(["kms", "aes256"]).optional().describe('Encryption by the storage: "kms" or "aes256". amazon-s3 only.'),
  tag: textOf("an object tag such as RETENTION_DAYS=30")
    .optional()
    .describe("Tag of every object, such as RETENTION_DAYS=30. amazon-s3 and alibaba-oss."),
  endpoint: textOf("the host name of the storage")
    .optional()
    .describe("Host name of the storage, such as nyc3.digitaloceanspaces.com. Required by s3-compatible."),
};

const commonShape = {
  bucket: textOf("the name of a bucket").describe("Name of the bucket or container."),
  accessKey: textOf("an access key").describe("Access key; one that may only write is enough."),
  secretKey: textOf("a secret key").describe("Secret key."),
  stsToken: textOf("a temporary security token")
    .optional()
    .describe("Temporary token instead of lasting keys. amazon-s3, alibaba-oss and tencent-cos; renewed by update."),
  stsExpiration: integerFrom(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("End of stsToken in Unix seconds, at least 4 hours ahead. Required with stsToken."),
  fileNamePrefix: z
    .array(textOf(segmentExpectation).regex(/^[a-zA-Z0-9]+$/, { error: segmentExpectation }), {
      error: segmentExpectation,
    })
    .refine((segments) => segments.join("/").length <= prefixLengthMax, { error: segmentExpectation })
    .optional()
    .describe("Folders in the bucket, one item each: letters and digits, at most 128 characters with slashes."),
};

const storageConfigShape = {
  vendor: integerFrom(0, 99).describe("Agora's number of the storage. All modes."),
  region: integerFrom(0, 99).describe("Agora's number of the storage's region. All modes."),
  ...commonShape,
  extensionParams: z.strictObject(extensionShape).optional().describe("What only some storages know. All modes."),
} as const;

/** `storageConfig` as we send it: unknown keys are errors. @see R 3.5 */
export const storageConfigSchema = z.strictObject(storageConfigShape).superRefine(checkStorage);

/** Stands for the folder of the channel, see `channelSegment`. */
export const channelPlaceholder = "{channel}";
/** Stands for the day of the attempt in UTC, as yyyymmdd. */
export const datePlaceholder = "{date}";
const placeholderLengths: ReadonlyMap<string, number> = new Map([
  [channelPlaceholder, channelSegmentLengthMax],
  [datePlaceholder, "yyyymmdd".length],
]);

const templateExpectation =
  `a list of folders of letters and digits, or ${channelPlaceholder} (up to ${channelSegmentLengthMax} characters) or ` +
  `${datePlaceholder} (8); at most ${prefixLengthMax} characters in all`;
const vendorExpectation = "the name or number of a storage";
const regionExpectation = "the name or number of a region";

/** The fields of a storage as people write them: names beside numbers, placeholders in the prefix. */
export const storageSettingsShape = {
  ...storageConfigShape,
  vendor: z
    .union([z.string(), z.int()], { error: vendorExpectation })
    .meta({ expects: vendorExpectation })
    .describe(
      "Who stores: amazon-s3, alibaba-oss, tencent-cos, azure-blob, google-cloud-storage, huawei-obs, baidu-bos or s3-compatible; or Agora's number.",
    ),
  region: z
    .union([z.string(), z.int()], { error: regionExpectation })
    .meta({ expects: regionExpectation })
    .optional()
    .describe(
      "As Agora or the storage spells it, such as eu-central-1, or Agora's number. Not for azure-blob, google-cloud-storage and s3-compatible.",
    ),
  fileNamePrefix: z
    .array(
      z
        .string({ error: templateExpectation })
        .refine((segment) => placeholderLengths.has(segment) || /^[a-zA-Z0-9]+$/.test(segment), {
          error: templateExpectation,
        })
        .meta({ expects: templateExpectation }),
      { error: templateExpectation },
    )
    .refine((segments) => longestPrefix(segments) <= prefixLengthMax, { error: templateExpectation })
    .optional()
    .describe("Folders in the bucket, one item each: letters and digits, {channel} or {date}; at most 128 characters."),
} as const;

/** A storage as people write it: unknown keys are errors. */
export const storageSettingsSchema = z.strictObject(storageSettingsShape).superRefine(checkStorage);
export type StorageSettings = z.infer<typeof storageSettingsSchema>;

function longestPrefix(segments: readonly string[]): number {
  return segments.reduce((sum, segment) => sum + (placeholderLengths.get(segment) ?? segment.length) + 1, -1);
}

/** The same as Agora reads it: unknown keys pass, and so do the vendors that newer documents no longer name. */
export const storageConfigWireSchema = z
  .looseObject({ ...storageConfigShape, extensionParams: z.looseObject(extensionShape).optional() })
  .superRefine((storage, context) => {
    if (!removedVendorNumbers.includes(storage.vendor)) checkStorage(storage, context);
  });

interface CheckedStorage {
  readonly vendor: string | number;
  readonly region?: string | number | undefined;
  readonly stsToken?: string | undefined;
  readonly stsExpiration?: number | undefined;
  readonly extensionParams?:
    | { readonly sse?: string | undefined; readonly tag?: string | undefined; readonly endpoint?: string | undefined }
    | undefined;
}

/** What each vendor takes and needs; vendor and region may be names or numbers. @see R 3.5 */
export function checkStorage(storage: CheckedStorage, context: z.RefinementCtx): void {
  const problem = (path: readonly string[], message: string): void => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  const vendor = resolveVendor(storage.vendor);
  if (!vendor.ok) {
    problem(["vendor"], vendor.expected);
    return;
  }
  const region = resolveRegion(vendor.number, storage.region);
  if (!region.ok) problem(["region"], region.expected);
  if (storage.stsToken !== undefined && vendor.number > 3) {
    problem(["stsToken"], "no temporary token: only vendors 1, 2 and 3 take one");
  }
  if (storage.stsToken !== undefined && storage.stsExpiration === undefined) {
    problem(["stsExpiration"], "the end of the temporary token in Unix seconds");
  }
  if (storage.stsToken === undefined && storage.stsExpiration !== undefined) {
    problem(["stsToken"], "the temporary token that stsExpiration is about");
  }
  const { sse, tag, endpoint } = storage.extensionParams ?? {};
  if (sse !== undefined && vendor.number !== 1) problem(["extensionParams", "sse"], "vendor 1 beside it");
  if (tag !== undefined && vendor.number > 2) problem(["extensionParams", "tag"], "vendor 1 or 2 beside it");
  if (endpoint === undefined && vendor.number === 11) {
    problem(["extensionParams", "endpoint"], "the host name of the storage, since vendor is 11");
  }
}

/** Whether a temporary token lives as long as Agora asks for, seen from a moment; true when there is none. @see R 3.5 */
export function livesLongEnough(storage: { readonly stsExpiration?: number | undefined }, nowMs: number): boolean {
  return storage.stsExpiration === undefined || storage.stsExpiration - nowMs / 1_000 >= stsLifeSMin;
}
