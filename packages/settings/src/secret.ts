/**
 * A value that shows itself only when asked by name; every accidental way to print it yields `***(len N)`. It has the shape of
 * service-kit's, which this package may not import: loggers know secrets by `reveal`.
 */
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

/** Told by class: only what this package made. */
export function isSecret(value: unknown): value is Secret {
  return value instanceof HiddenSecret;
}
