import { z } from "zod";
import { integerFrom, oneOf, textOf } from "./scalars.ts";

interface StorageVendor {
  readonly name: string;
  /** Numbers that Agora lists, legacy ones included; absent where Agora ignores the value. */
  readonly regions?: readonly number[];
}

/** The cloud storages that Agora writes to, by number; 0 (Qiniu) and 4 (Kingsoft) were removed. @see R 3.5.1, R 3.5.2 */
const storageVendors: ReadonlyMap<number, StorageVendor> = new Map<number, StorageVendor>([
  [1, { name: "Amazon S3", regions: [...numbersTo(25), 28] }],
  [2, { name: "Alibaba Cloud OSS", regions: numbersTo(27) }],
  [3, { name: "Tencent COS", regions: numbersTo(19) }],
  [5, { name: "Microsoft Azure Blob" }],
  [6, { name: "Google Cloud Storage" }],
  [7, { name: "Huawei OBS", regions: numbersTo(15) }],
  [8, { name: "Baidu BOS", regions: numbersTo(7) }],
  [11, { name: "other S3-compatible storage" }],
]);

const segmentExpectation = "a list of path segments of letters and digits, at most 128 characters in all";

const extensionShape = {
  sse: oneOf(["kms", "aes256"]).optional(),
  tag: textOf("an object tag such as RETENTION_DAYS=30").optional(),
  endpoint: textOf("the host name of the storage").optional(),
};

const storageShape = {
  vendor: integerFrom(0, 99),
  region: integerFrom(0, 99),
  bucket: textOf("the name of a bucket"),
  accessKey: textOf("an access key"),
  secretKey: textOf("a secret key"),
  stsToken: textOf("a temporary security token").optional(),
  stsExpiration: integerFrom(1, Number.MAX_SAFE_INTEGER).optional(),
  fileNamePrefix: z
    .array(textOf(segmentExpectation).regex(/^[a-zA-Z0-9]+$/, { error: segmentExpectation }), {
      error: segmentExpectation,
    })
    .refine((segments) => segments.join("/").length <= 128, { error: segmentExpectation })
    .optional(),
};

/** `storageConfig` as we send it: unknown keys are errors. @see R 3.5 */
export const storageConfigSchema = z
  .strictObject({ ...storageShape, extensionParams: z.strictObject(extensionShape).optional() })
  .superRefine(checkStorage);

/** The same as Agora reads it: unknown keys pass. */
export const storageConfigWireSchema = z
  .looseObject({ ...storageShape, extensionParams: z.looseObject(extensionShape).optional() })
  .superRefine(checkStorage);

interface CheckedStorage {
  readonly vendor: number;
  readonly region: number;
  readonly stsToken?: string | undefined;
  readonly stsExpiration?: number | undefined;
  readonly extensionParams?:
    | { readonly sse?: string | undefined; readonly tag?: string | undefined; readonly endpoint?: string | undefined }
    | undefined;
}

function checkStorage(storage: CheckedStorage, context: z.RefinementCtx): void {
  const problem = (path: readonly string[], message: string): void => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  const vendor = storageVendors.get(storage.vendor);
  if (vendor === undefined) {
    const known = [...storageVendors].map(([number, { name }]) => `${number} (${name})`);
    problem(["vendor"], `one of ${known.join(", ")}`);
    return;
  }
  if (vendor.regions !== undefined && !vendor.regions.includes(storage.region)) {
    problem(["region"], `a region of ${vendor.name}: ${regionSpan(vendor.regions)}`);
  }
  if (storage.stsToken !== undefined && storage.vendor > 3) {
    problem(["stsToken"], "no temporary token: only vendors 1, 2 and 3 take one");
  }
  if (storage.stsToken !== undefined && storage.stsExpiration === undefined) {
    problem(["stsExpiration"], "the end of the temporary token in Unix seconds");
  }
  const { sse, tag, endpoint } = storage.extensionParams ?? {};
  if (sse !== undefined && storage.vendor !== 1) problem(["extensionParams", "sse"], "vendor 1 beside it");
  if (tag !== undefined && storage.vendor > 2) problem(["extensionParams", "tag"], "vendor 1 or 2 beside it");
  if (endpoint === undefined && storage.vendor === 11) {
    problem(["extensionParams", "endpoint"], "the host name of the storage, since vendor is 11");
  }
}

function numbersTo(last: number): readonly number[] {
  return Array.from({ length: last + 1 }, (_, index) => index);
}

function regionSpan(regions: readonly number[]): string {
  const last = regions.findIndex((region, index) => region !== index);
  if (last === -1) return `0 to ${regions.length - 1}`;
  return `0 to ${last - 1}, ${regions.slice(last).join(", ")}`;
}
