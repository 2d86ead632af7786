import { checkStorage, storageSettingsShape } from "@autorec/recording-api/wire";
import { z } from "zod";
import { referencePattern } from "./reference.ts";

/** A secret in the file: only ever a reference. */
export const secretReference = z
  .string()
  .regex(referencePattern)
  .meta({ secret: true, expects: "a reference, ${env:NAME} or ${file:PATH}: secrets do not stand in this file" });
/** A plain value, or a reference to one. */
export const plainText = z.string().min(1).max(1_024);

const { accessKey, secretKey, stsToken } = storageSettingsShape;

/** `storages.<name>`: Agora's storageConfig with names for vendor and region, and its keys as references. */
export const storageSchema = z
  .strictObject({
    ...storageSettingsShape,
    bucket: plainText.describe(storageSettingsShape.bucket.description ?? ""),
    accessKey: secretReference.describe(accessKey.description ?? ""),
    secretKey: secretReference.describe(secretKey.description ?? ""),
    stsToken: secretReference.optional().describe(stsToken.description ?? ""),
  })
  .superRefine(checkStorage);
