import { createAgenda } from "./agenda.ts";

/** Takes a planned task back; harmless when it has already run. */
export type Cancel = () => void;

/** The simulator's only source of time: what it plans runs in order of time, then of planning. */
export interface Scheduler {
  readonly nowMs: () => number;
  readonly at: (atMs: number, task: () => void) => Cancel;
  /** Drops everything that is planned. */
  readonly close: () => void;
}

/** Resolves when that time has come; at once, without a timer, when it already has. */
export function waitUntil(scheduler: Scheduler, atMs: number): Promise<void> {
  if (atMs <= scheduler.nowMs()) return Promise.resolve();
  return new Promise((resolve) => {
    scheduler.at(atMs, resolve);
  });
}

/** Runs the task after the delay; without one right now, before anything that is planned. */
export function runAfter(scheduler: Scheduler, delayMs: number, task: () => void): void {
  if (delayMs === 0) task();
  else scheduler.at(scheduler.nowMs() + delayMs, task);
}

/** One timer of the process serves everything that is planned; `nowMs` is the clock of the composition root. */
export function createSystemScheduler(nowMs: () => number): Scheduler {
  const agenda = createAgenda();
  let timer: NodeJS.Timeout | undefined;

  const arm = (): void => {
    clearTimeout(timer);
    const next = agenda.first();
    if (next === undefined) return;
    // setTimeout overflows beyond 2^31 ms: a far plan is looked at again once a day.
    timer = setTimeout(run, Math.min(Math.max(0, next.atMs - nowMs()), 86_400_000));
  };
  const run = (): void => {
    for (let due = agenda.takeDue(nowMs()); due !== undefined; due = agenda.takeDue(nowMs())) due();
    arm();
  };

  return {
    nowMs,
    at: (atMs, task) => {
      const planned = agenda.add(atMs, task);
      if (agenda.first() === planned) arm();
      return () => {
        agenda.remove(planned);
      };
    },
    close: () => {
      agenda.clear();
      clearTimeout(timer);
    },
  };
}

/** Time that only moves when a test says so. */
export interface ManualScheduler extends Scheduler {
  readonly advance: (byMs: number) => void;
  /** What is still to come. */
  readonly plannedCount: () => number;
}

export function createManualScheduler(startMs: number): ManualScheduler {
  const agenda = createAgenda();
  let now = startMs;
  return {
    nowMs: () => now,
    at: (atMs, task) => {
      const planned = agenda.add(atMs, task);
      return () => {
        agenda.remove(planned);
      };
    },
    close: agenda.clear,
    plannedCount: agenda.size,
    advance: (byMs) => {
      const until = now + byMs;
      for (let next = agenda.first(); next !== undefined && next.atMs <= until; next = agenda.first()) {
        now = Math.max(now, next.atMs);
        agenda.takeDue(until)?.();
      }
      now = until;
    },
  };
}
