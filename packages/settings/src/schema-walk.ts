import { nearestName } from "@autorec/service-kit/words";
import { z } from "zod";
import { isSecretKey } from "./mask-line.ts";
import { policySchema } from "./policy-schema.ts";
import type { Path } from "./yaml-source.ts";

/** The value that a path leads to, or undefined. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) value = isObject(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined;
  return value;
}

/** Maps and lists, not scalars. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Every schema that may stand at a path; with the data, only those of the mode that the data names. */
export function schemasAt(path: Path, data: unknown): readonly z.core.$ZodType[] {
  let schemas = opened(policySchema, data);
  let value = data;
  for (const step of path) {
    value = value === undefined ? undefined : valueAt(value, [step]);
    schemas = schemas.flatMap((schema) => childSchemas(schema, step)).flatMap((schema) => opened(schema, value));
  }
  return schemas;
}

function childSchemas(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) {
    const child: unknown = schema.shape[String(step)];
    return child instanceof z.core.$ZodType ? [child] : [];
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  return schema instanceof z.ZodArray ? [schema.element] : [];
}

function opened(schema: z.core.$ZodType, value: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return [schema, ...opened(schema.unwrap(), value)];
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.flatMap((option) => opened(option, value));
    const fitting = options.filter((option) => fitsMode(option, value));
    return [schema, ...(fitting.length > 0 ? fitting : options)];
  }
  return [schema];
}

function fitsMode(schema: z.core.$ZodType, value: unknown): boolean {
  const mode: unknown = schema instanceof z.ZodObject ? schema.shape["mode"] : undefined;
  return mode instanceof z.ZodLiteral && [...mode.values].some((word) => word === valueAt(value, ["mode"]));
}

/**
 * Whether the value of a key may be shown in an error: a known key that holds no secret, or one that is near to such a key.
 * An unknown key may be a secret's that was mistyped.
 */
export function mayShowValueOf(key: string): boolean {
  if (isSecretKey(key)) return false;
  const meant = nearestName(key, allKeys);
  return meant !== undefined && !isSecretKey(meant);
}

const allKeys: ReadonlySet<string> = new Set(keysBelow(policySchema));

function keysBelow(schema: z.core.$ZodType): readonly string[] {
  return opened(schema, undefined).flatMap((open) => {
    if (open instanceof z.ZodObject)
      return Object.entries(open.shape).flatMap(([key, child]) => [
        key,
        ...(child instanceof z.core.$ZodType ? keysBelow(child) : []),
      ]);
    if (open instanceof z.ZodRecord) return keysBelow(open.valueType);
    return open instanceof z.ZodArray ? keysBelow(open.element) : [];
  });
}
