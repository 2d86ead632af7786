import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Secret, secretOf } from "./words/secret.ts";

/** What a person is told about a variable; kept as zod metadata under these names, read by errors and `.env.example`. */
export interface VariableMeta {
  readonly description: string;
  readonly expects: string;
  /** The default as one would write it; absent = none. */
  readonly fallback?: string;
  readonly example?: string;
  readonly secret?: boolean;
}

/** How one variable is read: `read` answers undefined, or calls `refuse` with a better reason, when the text will not do. */
export interface VariableSpec<T> extends Omit<VariableMeta, "fallback"> {
  readonly read: (raw: string, refuse: (why: string) => void) => T | undefined;
}

/** A variable without which the process does not start. */
export function required<T>(spec: VariableSpec<T>) {
  return valueOf(spec).meta(metaOf(spec));
}

/** A variable with a default, given as the text one would set. */
export function withDefault<T>(fallback: string, spec: VariableSpec<T>) {
  return valueOf(spec)
    .prefault(fallback)
    .meta({ ...metaOf(spec), fallback });
}

/** A variable that may be absent. */
export function optional<T>(spec: VariableSpec<T>) {
  return valueOf(spec).optional().meta(metaOf(spec));
}

function valueOf<T>(spec: VariableSpec<T>) {
  return z.string().transform((raw, context): T => {
    let why = spec.expects;
    const value = spec.read(raw, (reason) => {
      why = reason;
    });
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: why });
    return z.NEVER;
  });
}

function metaOf<T>({ read: _read, ...meta }: VariableSpec<T>): VariableMeta & Record<string, unknown> {
  return meta;
}

type About = string | Pick<VariableMeta, "description" | "example">;

const described = (about: About) => (typeof about === "string" ? { description: about } : about);

/** Any non-empty text. */
export function text(about: About): VariableSpec<string> {
  return { ...described(about), expects: "a text", read: (raw) => raw };
}

/** A whole number within bounds, digits only. */
export function integer(about: About, bounds: { readonly min: number; readonly max: number }): VariableSpec<number> {
  const { min, max } = bounds;
  return {
    ...described(about),
    expects: `a whole number, ${min} … ${max}`,
    read: (raw) => (/^\d{1,15}$/.test(raw) && Number(raw) >= min && Number(raw) <= max ? Number(raw) : undefined),
  };
}

/** true, 1, yes, on or false, 0, no, off. */
export function flag(about: About): VariableSpec<boolean> {
  return {
    ...described(about),
    expects: "true or false",
    read: (raw) => {
      if (/^(?:true|1|yes|on)$/i.test(raw)) return true;
      return /^(?:false|0|no|off)$/i.test(raw) ? false : undefined;
    },
  };
}

/** One word of a closed list. */
export function oneOf<const W extends string>(about: About, words: readonly W[]): VariableSpec<W> {
  return {
    ...described(about),
    expects: `one of ${words.join(", ")}`,
    read: (raw) => words.find((word) => word === raw.toLowerCase()),
  };
}

/** A secret given as text. */
export function secretText(about: About): VariableSpec<Secret> {
  return { ...described(about), expects: "a secret text", secret: true, read: (raw) => secretOf(raw) };
}

/** A secret in a file, without the line break that editors put at its end. */
export function secretFile(about: About): VariableSpec<Secret> {
  return {
    ...described(about),
    expects: "path of a readable file that is not empty",
    read: (path, refuse) => {
      const content = readTextFile(path, refuse)?.replace(/\r?\n$/, "");
      return content === undefined || content === "" ? undefined : secretOf(content);
    },
  };
}

/** The content of a text file, such as a certificate. */
export function textFile(about: About): VariableSpec<string> {
  return { ...described(about), expects: "path of a readable file", read: readTextFile };
}

function readTextFile(path: string, refuse: (why: string) => void): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    refuse(`path of a readable file (this one answers ${reason})`);
    return undefined;
  }
}
