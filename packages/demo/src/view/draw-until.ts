import { setTimeout as sleep } from "node:timers/promises";
import { LiveView } from "./live-view.ts";
import type { ViewOutput } from "./live-view.ts";
import { watchChannels } from "./watch-channels.ts";
import type { WatchedRun } from "./watch-channels.ts";

/** A live view that redraws itself. */
export interface Drawing {
  /** Something that happened, beside the time since the drawing began. */
  tell(words: string): void;
  /** Leaves the last table on the screen; returns when nothing more is drawn. */
  stop(): Promise<void>;
  /** Settles when nothing more is drawn; never rejects, what ended the view stands on standard error. */
  readonly done: Promise<void>;
}

const drawEveryMs = 250;

/** Draws the channels of a run until it is told to stop or the signal is aborted. */
export function drawUntil(run: WatchedRun, output: ViewOutput, signal: AbortSignal): Drawing {
  const view = new LiveView(output);
  const startedAtMs = performance.now();
  const clock = (): string => clockOf(performance.now() - startedAtMs);
  let isOver = false;
  const draw = async (): Promise<void> => {
    while (!isOver && !signal.aborted) {
      view.update(clock(), await watchChannels(run));
      await sleep(drawEveryMs);
    }
    view.end();
  };
  const done = draw().catch((err: unknown) => {
    process.stderr.write(`the view ended: ${err instanceof Error ? err.message : String(err)}\n`);
  });
  return {
    done,
    tell(words) {
      view.tell(clock(), words);
    },
    async stop() {
      isOver = true;
      await done;
    },
  };
}

function clockOf(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
