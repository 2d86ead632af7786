import { z } from "zod";
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

/** The fields of `storageConfig` as we send them; for schemas that ask for some of them in another way. */
export const storageConfigShape = {
  vendor: integerFrom(0, 99).describe("Agora's number of the storage."),
  region: integerFrom(0, 99).describe("Agora's number of the storage's region."),
  ...commonShape,
  extensionParams: z.strictObject(extensionShape).optional().describe("What only some storages know."),
} as const;

/** `storageConfig` as we send it: unknown keys are errors. @see R 3.5 */
export const storageConfigSchema = z.strictObject(storageConfigShape).superRefine(checkStorage);

/** The same as Agora reads it: unknown keys pass, and so do the vendors that newer documents no longer name. */
export const storageConfigWireSchema = z
  .looseObject({ ...storageConfigShape, extensionParams: z.looseObject(extensionShape).optional() })
  .superRefine((storage, context) => {
    if (!removedVendorNumbers.includes(storage.vendor)) checkStorage(storage, context);
  });

interface CheckedStorage {
  readonly vendor: string | number;
  readonly region: string | number;
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
