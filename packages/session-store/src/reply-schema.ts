import { z } from "zod";

/** A decimal figure, as scripts write it. */
export const figure = z.string().regex(/^\d+$/).transform(Number);

/** A figure that may be missing. */
export const maybeFigure = z
  .string()
  .regex(/^\d*$/)
  .transform((text) => (text === "" ? undefined : Number(text)));

/** A yes or no, as scripts write it. */
export const flag = z.enum(["0", "1"]).transform((text) => text === "1");

/** A flat list of name, value, name, value …, which is how scripts answer, as an object. */
export const fields = z.array(z.unknown()).transform(fieldsOf);

/** name, value, name, value … */
export const pairs = z.array(z.string()).transform((list) => new Map(pairsOf(list)));

/** Redis's clock at the moment of the reply. */
export const clock = { nowMs: figure };

/** What `include/view.lua` reads. */
export const view = { channel: pairs, uids: pairs, rules: z.array(z.string()) };

function pairsOf(list: readonly string[]): [string, string][] {
  return list.flatMap((name, i): [string, string][] => {
    const value = list[i + 1];
    return i % 2 === 0 && value !== undefined ? [[name, value]] : [];
  });
}

/** As `fields` does, of a reply that is still raw. */
export function fieldsOf(list: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let i = 0; i < list.length; i += 2) object[String(list[i])] = list[i + 1];
  return object;
}
