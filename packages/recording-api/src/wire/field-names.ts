import { z } from "zod";
import { acquireClientRequestSchemas } from "./acquire-client-request.ts";
import { webPageSchema } from "./web-page.ts";
import { updateClientRequestSchemas, updateLayoutClientRequestSchema } from "./update-client-request.ts";

/** Every name that a request may hold, for "did you mean". `startParameter` of acquire brings those of start. */
export const fieldNames: ReadonlySet<string> = new Set(
  [
    ...Object.values(acquireClientRequestSchemas),
    ...Object.values(updateClientRequestSchemas),
    updateLayoutClientRequestSchema,
    webPageSchema,
  ].flatMap(namesIn),
);

function namesIn(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]: [string, unknown]) => [name, ...namesIn(field)]);
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return namesIn(schema.unwrap());
  if (schema instanceof z.ZodArray) return namesIn(schema.element);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(namesIn) : [];
}
