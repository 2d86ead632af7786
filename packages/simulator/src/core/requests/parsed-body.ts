import type { z } from "zod";

/** `reason`: Agora's words to a body that it refuses with code 2; names the place, never the value. */
export type ParsedBody<Body> =
  { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly reason: string };

type RequestName = "Acquire" | "Start" | "Update" | "UpdateLayout" | "Stop";

export function refusedBody(call: RequestName, error: z.ZodError): { readonly ok: false; readonly reason: string } {
  const path = error.issues[0]?.path.filter((part) => part !== "clientRequest").join(".");
  return refusedField(call, path === undefined || path === "" ? "body" : path);
}

export function refusedField(call: RequestName, field: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: `${call}: invalid ${field} value!` };
}
