/** A value that shows itself only when asked by name; every accidental way to print it yields `***(len N)`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** Wraps a secret so that string conversion, JSON, `util.inspect` and loggers never print it. */
export function secretOf(value: string): Secret {
  return new HiddenSecret(value);
}

/** How a secret is shown to people: its length helps to see a cut or doubled value, nothing else does. */
export function maskSecret(value: string): string {
  return `***(len ${value.length})`;
}

/** Told by shape, not by class, so that a log hides other libraries' secrets too; what was read from a file has no methods. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && "reveal" in value && typeof value.reveal === "function";
}

class HiddenSecret implements Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return maskSecret(this.#value);
  }

  toJSON(): string {
    return maskSecret(this.#value);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return maskSecret(this.#value);
  }
}
