import { z } from "zod";
import { referencePattern } from "./reference.ts";

/** A secret in the file: only ever a reference. */
export const secretReference = z
  .string()
  .regex(referencePattern)
  .meta({ secret: true, expects: "a reference, ${env:NAME} or ${file:PATH}: secrets do not stand in this file" });

/** A plain value, or a reference to one. */
export const plainText = z.string().min(1).max(1_024);

/** Agora's region numbers per vendor; vendors 5, 6 and 11 ignore theirs. */
const regionsOfVendor: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [...upTo(25), 28]],
  [2, upTo(27)],
  [3, upTo(19)],
  [7, upTo(15)],
  [8, upTo(7)],
]);

/** `storages.<name>`: Agora's storageConfig, with its two keys as references. */
export const storageSchema = z
  .strictObject({
    vendor: z
      .literal([1, 2, 3, 5, 6, 7, 8, 11])
      .describe(
        "1 Amazon S3, 2 Alibaba OSS, 3 Tencent COS, 5 Azure, 6 Google, 7 Huawei OBS, 8 Baidu, 11 other S3-compatible.",
      ),
    region: z
      .int()
      .min(0)
      .max(99)
      .default(0)
      .describe("Agora's number of the region, per vendor; vendors 5, 6 and 11 ignore it."),
    bucket: plainText,
    accessKey: secretReference,
    secretKey: secretReference,
    stsToken: secretReference.optional(),
    stsExpiration: z.int().positive().optional().describe("Unix seconds; with stsToken."),
    fileNamePrefix: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9]+$/)
          .meta({ expects: "letters a–z, A–Z and digits only" }),
      )
      .max(64)
      .optional()
      .describe("Folders in the bucket, one item each."),
    extensionParams: z
      .strictObject({
        sse: z.enum(["kms", "aes256"]).optional(),
        tag: z.string().min(1).optional(),
        endpoint: z.string().min(1).optional(),
      })
      .optional(),
  })
  .superRefine((storage, context) => {
    const refuse = (key: string, message: string): void => {
      context.addIssue({ code: "custom", path: key.split("."), message });
    };
    const regions = regionsOfVendor.get(storage.vendor);
    if (regions !== undefined && !regions.includes(storage.region)) {
      refuse(
        "region",
        `expected a region of vendor ${storage.vendor}: ${storage.vendor === 1 ? "0 … 25 or 28" : `0 … ${regions.length - 1}`}`,
      );
    }
    if (storage.vendor === 11 && storage.extensionParams?.endpoint === undefined) {
      refuse("extensionParams.endpoint", "vendor 11 needs extensionParams.endpoint, the host name of the store");
    }
    if (storage.extensionParams?.sse !== undefined && storage.vendor !== 1)
      refuse("extensionParams.sse", "sse is for vendor 1 (Amazon S3) only");
    if (storage.extensionParams?.tag !== undefined && storage.vendor !== 1 && storage.vendor !== 2) {
      refuse("extensionParams.tag", "tag is for vendors 1 (Amazon S3) and 2 (Alibaba) only");
    }
    if (storage.stsToken !== undefined && ![1, 2, 3].includes(storage.vendor))
      refuse("stsToken", "only vendors 1, 2 and 3 take a temporary token");
    if ((storage.stsToken === undefined) !== (storage.stsExpiration === undefined)) {
      refuse("stsExpiration", "stsToken and stsExpiration are given together or not at all");
    }
    if ((storage.fileNamePrefix ?? []).join("/").length > 128)
      refuse("fileNamePrefix", "the whole prefix with its slashes has at most 128 characters");
  });

function upTo(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, index) => index);
}
