import type { ChannelRow } from "./channel-row.ts";

/** Where the view is drawn: a terminal is redrawn in place, a pipe gets a line whenever something changed. */
export interface ViewOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const columns = [
  ["channel", 12],
  ["people", 7],
  ["state", 10],
  ["recorder uid", 13],
  ["sid", 9],
  ["attempt", 9],
  ["next", 30],
] as const;

/** Colours of the state words; the word itself always stands beside them. */
const colours: Readonly<Record<ChannelRow["state"], number>> = {
  uncovered: 31,
  unknown: 33,
  blocked: 31,
  queued: 33,
  starting: 36,
  stopping: 35,
  covered: 32,
  ignored: 90,
};

/** Shows the channels and tells what happens, on a terminal and through a pipe alike. */
export class LiveView {
  readonly #output: ViewOutput;
  readonly #shown = new Map<string, string>();
  #rows: readonly ChannelRow[] = [];
  #linesDrawn = 0;

  constructor(output: ViewOutput) {
    this.#output = output;
  }

  /** Something that happened; it stays on the screen above the table. */
  tell(clock: string, text: string): void {
    this.#erase();
    this.#output.write(`${clock}  ${text}\n`);
    this.#draw();
  }

  update(clock: string, rows: readonly ChannelRow[]): void {
    this.#rows = rows;
    if (this.#output.isTTY === true) {
      this.#erase();
      this.#draw();
      return;
    }
    for (const row of rows) this.#tellChange(clock, row);
  }

  /** Leaves the last table on the screen. */
  end(): void {
    this.#linesDrawn = 0;
  }

  /** Through a pipe only changes are told; "next" moves all the time and is no change. */
  #tellChange(clock: string, row: ChannelRow): void {
    const words = `${row.channel.padEnd(9)} ${row.state.padEnd(9)} people ${String(row.people)}  recorder ${row.recorderUid}  sid ${row.sid}  attempt ${row.attempt}`;
    if (this.#shown.get(row.channel) === words) return;
    this.#shown.set(row.channel, words);
    this.#output.write(`${clock}  ${words}  next ${row.next}\n`);
  }

  #draw(): void {
    if (this.#output.isTTY !== true || this.#rows.length === 0) return;
    const width = Math.max(40, (this.#output.columns ?? 100) - 1);
    const head = columns
      .map(([name, size]) => name.padEnd(size))
      .join(" ")
      .slice(0, width);
    const lines = this.#rows.map((row) => this.#line(row, width));
    this.#output.write(`\u001B[2m${head}\u001B[0m\n${lines.join("\n")}\n`);
    this.#linesDrawn = lines.length + 1;
  }

  #line(row: ChannelRow, width: number): string {
    const cells = [row.channel, String(row.people), row.state, row.recorderUid, row.sid, row.attempt, row.next];
    const text = cells
      .map((cell, i) => cell.padEnd(columns[i]?.[1] ?? 0))
      .join(" ")
      .slice(0, width);
    return text.replace(row.state.padEnd(10), `\u001B[${String(colours[row.state])}m${row.state.padEnd(10)}\u001B[0m`);
  }

  #erase(): void {
    if (this.#linesDrawn > 0) this.#output.write(`\u001B[${String(this.#linesDrawn)}A\u001B[0J`);
    this.#linesDrawn = 0;
  }
}
