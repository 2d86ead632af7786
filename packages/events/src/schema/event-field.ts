import { z } from "zod";
import type { DeadLetterCode } from "../channel-event.ts";
import { channelNameBytesMax, channelNameFault } from "../channel-name.ts";

/** The dead-letter code of a fault by the field it is in; every other field makes the record one of unknown shape. */
const codeByField: ReadonlyMap<string, DeadLetterCode> = new Map([
  ["schemaVersion", "REC_EVENT_SCHEMA_VERSION"],
  ["appId", "REC_EVENT_APP_UNKNOWN"],
  ["channelName", "REC_EVENT_CHANNEL_NAME"],
  ["uid", "REC_EVENT_UID"],
  ["clientSeq", "REC_EVENT_CLIENT_SEQ"],
  ["atMs", "REC_EVENT_TIME"],
  ["ts", "REC_EVENT_TIME"],
]);

/** Why a body is refused: the code of its first fault, and a sentence with the value and what was expected. */
export interface EventFault {
  readonly code: DeadLetterCode;
  readonly message: string;
}

/** Names the first fault that zod found in `body`; total. */
export function faultOf(error: z.ZodError, body: unknown): EventFault {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const name = issue?.path.at(-1);
  const code = (name === undefined ? undefined : codeByField.get(String(name))) ?? "REC_EVENT_UNKNOWN_SHAPE";
  const value = valueAt(body, issue?.path ?? []);
  return { code, message: `${field || "body"}: ${issue?.message ?? "not understood"}, got ${shown(value)}` };
}

/** A value as it may stand in a message: JSON, at most 80 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "object" && value !== null ? objectInWords(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** An object is never serialised: it may be deep enough to overflow the stack, or the whole body. */
function objectInWords(value: object): string {
  return Array.isArray(value) ? "an array" : "an object";
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

const uidMax = 4_294_967_295;

/** 1 … 2³² − 1 as a number or as its canonical decimal string. */
export const uidField = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^[1-9]\d{0,9}$/)
        .transform(Number),
    ],
    {
      error: `expected an integer from 1 to ${uidMax}`,
    },
  )
  .refine((uid) => Number.isInteger(uid) && uid >= 1 && uid <= uidMax, {
    error: `expected an integer from 1 to ${uidMax}`,
  });

/** Kept digit by digit; what passed 2⁵³ in the JSON text arrives here as a string already. */
export const clientSeqField = z
  .union([z.number().int().nonnegative().transform(String), z.string().regex(/^\d{1,20}$/)], {
    error: "expected a whole number of at most 20 digits",
  })
  .transform((digits) => digits.replace(/^0+(?=\d)/, ""));

/** A name that Agora would take: not empty, at most 64 bytes, of its characters. */
export const channelNameField = z.string({ error: "expected a string" }).superRefine((name, context) => {
  const fault = channelNameFault(name);
  if (fault === undefined) return;
  context.addIssue({
    code: "custom",
    message: `${fault}: expected 1 to ${channelNameBytesMax} bytes of letters, digits, space and !#$%&()+-:;<=.>?@[]^_{}|~,`,
  });
});

/** Whole and not negative; the unit stands in the field's name or comment. */
export const timeField = z.number({ error: "expected a whole number" }).int("expected a whole number").nonnegative({
  error: "expected a time after 1970",
});
