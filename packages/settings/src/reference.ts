/** Where a value comes from that must not stand in the file: `${env:NAME}` or `${file:PATH}`, as the whole value. */
export const referencePattern = /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^{}\n]+)\}$/;

/** Where references are looked up. */
export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
}

/** The value, or in words for a person why there is none; the words never hold the value. */
export type Resolved =
  { readonly kind: "value"; readonly value: string } | { readonly kind: "missing"; readonly message: string };

/** The value behind a reference, without the line break at the end of a file; other texts stand for themselves. */
export function resolveReference(text: string, { env, readFile }: ReferenceSources): Resolved {
  if (!referencePattern.test(text)) {
    if (!/\$\{(?:env|file):/.test(text)) return { kind: "value", value: text };
    return { kind: "missing", message: "a reference must be the whole value: ${env:NAME} or ${file:PATH}" };
  }
  const name = text.slice(text.indexOf(":") + 1, -1);
  if (text.startsWith("${env:")) {
    const value = env[name]?.trim() ?? "";
    return value === ""
      ? { kind: "missing", message: `environment variable ${name} is not set` }
      : { kind: "value", value };
  }
  try {
    const value = readFile(name).replace(/\r?\n$/, "");
    return value === "" ? { kind: "missing", message: `file ${name} is empty` } : { kind: "value", value };
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "it cannot be read";
    return { kind: "missing", message: `cannot read file ${name}: ${reason}` };
  }
}
