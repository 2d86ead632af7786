import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { HistoryLine } from "../history/history-line.ts";
import { parseHistoryLine } from "../history/parse-history-line.ts";

/** A history file that cannot be judged; the message names file, line and what to do. */
export class HistoryFileError extends Error {
  override readonly name = "HistoryFileError";
}

/**
 * All lines of a history file (JSON Lines) that this version knows, in the file's order.
 * A last line without its end, as a killed simulator leaves it, is left out; anything else broken throws `HistoryFileError`.
 */
export async function readHistory(path: string): Promise<readonly HistoryLine[]> {
  const lines: HistoryLine[] = [];
  let broken: { readonly lineNumber: number; readonly why: string } | undefined;
  let lineNumber = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    lineNumber += 1;
    if (text.trim() === "") continue;
    if (broken !== undefined) throw brokenLine(path, broken.lineNumber, broken.why);
    const value = parseJson(text);
    if (value.kind === "broken") {
      broken = { lineNumber, why: value.why };
      continue;
    }
    const parsed = parseHistoryLine(value.json);
    if (parsed.kind === "invalid") throw brokenLine(path, lineNumber, parsed.message);
    if (parsed.kind === "line") lines.push(parsed.line);
  }
  return lines;
}

type ParsedJson = { readonly kind: "json"; readonly json: unknown } | { readonly kind: "broken"; readonly why: string };

function parseJson(text: string): ParsedJson {
  try {
    return { kind: "json", json: JSON.parse(text) };
  } catch (err) {
    return { kind: "broken", why: err instanceof Error ? err.message : String(err) };
  }
}

function brokenLine(path: string, lineNumber: number, why: string): HistoryFileError {
  return new HistoryFileError(
    `${path}:${lineNumber}: not a history line: ${why}. Expected one JSON object with seq, atMs and kind a line; ` +
      "only the last line may be cut off. Was the file edited, or written by two simulators?",
  );
}
