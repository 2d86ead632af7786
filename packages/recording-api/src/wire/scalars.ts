import { z } from "zod";

/** Greatest uid of an Agora channel. */
const uidMax = 4_294_967_295;

/**
 * Error texts of the wire schemas finish the sentence "expected …", so that one place can add field and value.
 */
export function integerFrom(min: number, max: number): z.ZodNumber {
  const error = `an integer from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** A number of a closed interval. */
export function numberFrom(min: number, max: number): z.ZodNumber {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** One of a few literals. */
export function oneOf<const Values extends readonly (string | number)[]>(values: Values): z.ZodLiteral<Values[number]> {
  return z.literal([...values], { error: `one of ${values.map((value) => JSON.stringify(value)).join(", ")}` });
}

/** A string that is not empty. */
export function textOf(what: string): z.ZodString {
  return z.string({ error: what }).min(1, { error: what });
}

/** A web address. */
export const webUrlSchema = z.url({ protocol: /^https?$/, error: "an http or https URL" });

/** A uid as it travels: decimal digits in quotes, "1" … "4294967295". @see R 2.3 */
export const uidTextSchema = z
  .string({ error: uidExpectation() })
  .refine((text) => /^[1-9]\d{0,9}$/.test(text) && Number(text) <= uidMax, { error: uidExpectation() });

/** A uid as a number, 1 … 4294967295. */
export const uidSchema = integerFrom(1, uidMax);

/**
 * A channel name of Agora's character set. The reference says "shorter than 64 bytes"; 64 pass here as they do on the
 * event topic, and Agora's own answer decides. @see R 2.4
 */
export const channelNameSchema = z
  .string({ error: channelNameExpectation() })
  .regex(/^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/, { error: channelNameExpectation() });

function uidExpectation(): string {
  return `an integer from 1 to ${uidMax} in quotes`;
}

function channelNameExpectation(): string {
  return "1 to 64 of the letters a–z A–Z, digits, space and ! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,";
}
