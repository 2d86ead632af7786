import fc from "fast-check";
import { z } from "zod";

/** Texts that fit a field's own rules; other texts are short words. */
const textsOf: Readonly<Record<string, readonly string[]>> = {
  uid: ["1", "7", "4294967295"],
  maxResolutionUid: ["7"],
  salt: [Buffer.alloc(32, 7).toString("base64")],
  privateParams: ['{"correctEXTINF":true}'],
  backgroundColor: ["#000000", "#AbCdEf"],
  url: ["https://a.example/x?y=1"],
  image_url: ["https://a.example/x.jpg"],
  backgroundImage: ["http://a.example/x.jpg"],
  defaultUserBackgroundImage: ["http://a.example/x.jpg"],
  rtmpUrl: ["rtmp://a.example/app/key", "rtmps://a.example/app/key"],
  fileNamePrefix: ["a", "Folder7"],
};
const keys = { bucket: "b", accessKey: "a", secretKey: "s" } as const;
const storages = [
  { vendor: 1, region: 7, ...keys, stsToken: "t", stsExpiration: 1_720_526_400, extensionParams: { sse: "kms" } },
  { vendor: 2, region: 3, ...keys, fileNamePrefix: ["a", "Folder7"], extensionParams: { tag: "A=1" } },
  { vendor: 11, region: 0, ...keys, extensionParams: { endpoint: "minio.example.org" } },
] as const;

/** Fields whose values seldom fit each other by chance. */
const chosen: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  storageConfig: fc.constantFrom(...storages),
  decryptionMode: fc.constantFrom(0, 0, 0, 1),
  streamTypes: fc.constantFrom(2, 2, 0, 1),
  videoWidth: fc.integer({ min: 240, max: 1_080 }),
};

const uidLists = /^(?:un)?subscribe\w+Uids$/i;

/** Values of every field of a schema, each right by itself; what they break together is left to the caller to filter. */
export function valuesOf(schema: z.core.$ZodType, field = ""): fc.Arbitrary<unknown> {
  const values = chosen[field];
  if (schema instanceof z.ZodOptional) {
    return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, values ?? valuesOf(schema.unwrap(), field));
  }
  if (values !== undefined) return values;
  if (schema instanceof z.ZodDefault) return valuesOf(schema.unwrap(), field);
  if (schema instanceof z.ZodNever) return fc.constant(undefined);
  if (schema instanceof z.ZodObject) return recordOf(schema);
  if (schema instanceof z.ZodArray) return fc.array(valuesOf(schema.element, field), { minLength: 1, maxLength: 2 });
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((option) => valuesOf(option, field)));
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) return numbersOf(schema);
  return fc.constantFrom(...(textsOf[uidLists.test(field) ? "uid" : field] ?? ["word"]));
}

function recordOf(schema: z.ZodObject): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.shape).flatMap(([key, child]: [string, unknown]) =>
    child instanceof z.core.$ZodType ? [[key, valuesOf(child, key)] as const] : [],
  );
  return fc
    .record(Object.fromEntries(fields))
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
}

function numbersOf(schema: z.ZodNumber): fc.Arbitrary<number> {
  const { maxValue, minValue } = schema;
  const min = minValue ?? 0;
  const max = maxValue ?? 1_000;
  const whole = fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
  return max === 1 && min === 0 ? fc.constantFrom(0, 0.25, 0.5, 1) : whole;
}
