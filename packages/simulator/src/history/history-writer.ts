import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import type { NewHistoryLine } from "../core/world.ts";

/** Appends to the history; each line is in the file when `write` returns. */
export interface HistoryWriter {
  readonly write: (line: NewHistoryLine) => void;
  readonly lineCount: () => number;
  readonly close: () => void;
}

export interface HistoryOptions {
  /** Absent: the lines are counted and given to `onLine` only. */
  readonly path?: string | undefined;
  readonly nowMs: () => number;
  /** Never written, wherever they turn up. */
  readonly secrets: readonly string[];
  /** Each line as it was written, without its line break. */
  readonly onLine?: ((text: string) => void) | undefined;
}

/**
 * Opens a new history. Lines are written one by one and synchronously: they are the operating system's when the call
 * returns, so that a SIGKILL cuts at most the line under way. A history that lies there already is kept as `<path>.previous`.
 */
export function openHistory(options: HistoryOptions): HistoryWriter {
  const { path, nowMs, onLine } = options;
  // A shorter one would blot out ordinary words.
  const secrets = options.secrets.filter((secret) => secret.length >= 8);
  if (path !== undefined && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0)
    renameSync(path, `${path}.previous`);
  const file = path === undefined ? undefined : openSync(path, "w");
  let seq = 0;
  return {
    write: (line) => {
      seq += 1;
      const place = { seq, atMs: nowMs() };
      // Twice: first in the text, and not to be overruled by a field that a note brings along.
      const text = redact(JSON.stringify({ ...place, ...line, ...place }), secrets);
      if (file !== undefined) writeOrDie(file, `${text}\n`);
      onLine?.(text);
    },
    lineCount: () => seq,
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
}

/** A simulator without its history would judge by half: when a line cannot be written, the process ends. */
function writeOrDie(file: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  } catch (err) {
    // Thrown where no handler of a request can turn it into an answer.
    setImmediate(() => {
      throw err;
    });
    throw err;
  }
}
