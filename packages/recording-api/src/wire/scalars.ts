import { z } from "zod";

/** Greatest uid of an Agora channel. */
const uidMax = 4_294_967_295;

/**
 * Error texts of the wire schemas finish the sentence "expected …", so that one place can add field and value. The same
 * text is their `expects` metadata, for readers that write the sentence themselves.
 */
export function integerFrom(min: number, max: number): z.ZodNumber {
  const error = `an integer from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error }).meta({ expects: error });
}

/** A number of a closed interval. */
export function numberFrom(min: number, max: number): z.ZodNumber {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error }).meta({ expects: error });
}

/** One of a few literals. */
export function oneOf<const Values extends readonly (string | number)[]>(values: Values): z.ZodLiteral<Values[number]> {
  const error = wordsOf(values);
  return z.literal([...values], { error }).meta({ expects: error });
}

/** A string that is not empty. */
export function textOf(what: string): z.ZodString {
  return z.string({ error: what }).min(1, { error: what }).meta({ expects: what });
}

/** Agora's ids are some 300 characters at most; a path has room for two of these. */
const idCharsMax = 2_048;

/** A resourceId or sid that can be put into a path. */
export function idOf(what: string): z.ZodString {
  return textOf(what)
    .max(idCharsMax, { error: what })
    .refine((id) => id.isWellFormed() && id !== "." && id !== "..", { error: what });
}

/** true or false. */
export function flag(): z.ZodBoolean {
  const error = "true or false";
  return z.boolean({ error }).meta({ expects: error });
}

/** A field that has no place in this mode; named so that the error says where it belongs. */
export function belongsTo(where: string): z.ZodOptional<z.ZodNever> {
  const error = `nothing: it belongs to ${where}`;
  return z.never({ error }).meta({ expects: error }).optional();
}

/** A web address. */
export const webUrlSchema = z
  .url({ protocol: /^https?$/, error: "an http or https URL" })
  .meta({ expects: "an http or https URL" });

/** A uid as it travels: decimal digits in quotes, "1" … "4294967295". @see R 2.3 */
export const uidTextSchema = z
  .string({ error: uidExpectation() })
  .refine((text) => /^[1-9]\d{0,9}$/.test(text) && Number(text) <= uidMax, { error: uidExpectation() })
  .meta({ expects: uidExpectation() });

/** A uid as a number, 1 … 4294967295. */
export const uidSchema = integerFrom(1, uidMax);

/**
 * A channel name of Agora's character set. The reference says "shorter than 64 bytes"; 64 pass here as they do on the
 * event topic, and Agora's own answer decides. @see R 2.4
 */
export const channelNameSchema = z
  .string({ error: channelNameExpectation() })
  .regex(/^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/, { error: channelNameExpectation() });

/** The label of a web page recording, which is no channel: any text; we send at most 128 bytes. @see R 2.1 */
export const pageLabelSchema = labelOf(128);

/** The same as Agora reads it: the newer of its two documents allows 1024 bytes. */
export const pageLabelWireSchema = labelOf(1_024);

function labelOf(bytesMax: number): z.ZodString {
  const error = `a label of 1 to ${bytesMax} bytes`;
  return z
    .string({ error })
    .min(1, { error })
    .refine((text) => Buffer.byteLength(text) <= bytesMax, { error })
    .meta({ expects: error });
}

function wordsOf(values: readonly (string | number)[]): string {
  const words = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? words : `one of ${words}`;
}

function uidExpectation(): string {
  return `an integer from 1 to ${uidMax} in quotes`;
}

function channelNameExpectation(): string {
  return "1 to 64 of the letters a–z A–Z, digits, space and ! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,";
}
