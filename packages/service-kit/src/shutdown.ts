import type { Clock } from "./clock.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Logger } from "./logger.ts";

/** What a drain step reports: how much it finished and how much it had to leave to others. */
export interface DrainCount {
  readonly finished: number;
  readonly left: number;
}

/** Stops taking, finishes, or closes; resolves to a `DrainCount` if it counts. The signal is aborted when the drain limit has passed. */
export type DrainStep = (limit: AbortSignal) => Promise<unknown>;

/** How long a drain may take, and who is told about it. */
export interface ShutdownOptions {
  readonly drainMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** Called before the process leaves, so that no line is lost. */
  readonly flush?: () => void;
  /** Called once, when draining begins and when it ended; for gauges. */
  readonly onDraining?: () => void;
  readonly onDrained?: (durationMs: number) => void;
  /** The process, or a stand-in for tests. */
  readonly process?: ProcessLike;
}

/** What a shutdown uses of the process. */
export interface ProcessLike {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): unknown;
}

/** What a background task means to its process. */
export interface SpawnOptions {
  /** The process is useless without this task: when it fails, everything drains and the exit code is 70. */
  readonly essential?: boolean;
}

/** The end of a process, seen from those who work in it. */
export interface Shutdown {
  /** Aborted when the process begins to drain: whoever takes work watches it. */
  readonly signal: AbortSignal;
  readonly draining: boolean;
  /** Registers what must end; steps run one after the other, the last opened first. */
  onStop(name: string, step: DrainStep): void;
  /** Runs a background task: its failure is logged, its end is awaited at shutdown, after the step opened next and before the one opened last. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<unknown>, options?: SpawnOptions): void;
  /** Drains and exits; a second call only waits for the first. */
  stop(reason: string, exitCode?: number): Promise<void>;
}

interface Step {
  readonly name: string;
  readonly run: DrainStep;
}

/**
 * The end of a process: SIGTERM or SIGINT drains within `drainMs` and exits 0 (7 when something was left), a second one exits
 * 130 at once, an uncaught error is logged as fatal and exits 70 without draining, since its state cannot be trusted.
 */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log } = options;
  const host: ProcessLike = options.process ?? process;
  const stopping = new AbortController();
  const steps: Step[] = [];
  let drained: Promise<void> | undefined;

  const leave = (code: number): void => {
    options.flush?.();
    host.exit(code);
  };
  const stop = (reason: string, exitCode: number = exitCodes.ok): Promise<void> => {
    drained ??= (async () => {
      log.info({ reason, drainMs: options.drainMs }, "draining");
      stopping.abort();
      const { left } = await drain(steps, options);
      stopListening();
      leave(exitCode === exitCodes.ok && left > 0 ? exitCodes.waitRanOut : exitCode);
    })();
    return drained;
  };
  const onFatal = (error: unknown): void => {
    log.fatal({ err: error }, "uncaught error");
    leave(exitCodes.bug);
  };
  const onSignal = (signal: unknown): void => {
    if (drained !== undefined) {
      log.warn({ signal }, "second signal, leaving now");
      leave(exitCodes.interrupted);
      return;
    }
    stop(String(signal)).catch(onFatal);
  };
  const stopListening = listenToEnd(host, { onSignal, onFatal });

  return {
    signal: stopping.signal,
    get draining() {
      return stopping.signal.aborted;
    },
    onStop: (name, run) => {
      steps.push({ name, run });
    },
    spawn: (name, task, { essential = false } = {}) => {
      const done = Promise.resolve()
        .then(() => task(stopping.signal))
        .then(() => undefined)
        .catch((error: unknown) => {
          log.error({ err: error, task: name, essential }, "background task failed");
          if (essential) stop(`task ${name} failed`, exitCodes.bug).catch(onFatal);
        })
        .finally(() => {
          const at = steps.indexOf(step);
          if (at >= 0) steps.splice(at, 1);
        });
      const step: Step = { name: `task ${name}`, run: () => done };
      steps.push(step);
    },
    stop,
  };
}

interface EndListeners {
  readonly onSignal: (signal: unknown) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Hears all that may end the process; answers how to stop hearing it. */
function listenToEnd(host: ProcessLike, { onFatal, onSignal }: EndListeners): () => void {
  const listeners = [
    ["SIGTERM", onSignal],
    ["SIGINT", onSignal],
    ["uncaughtException", onFatal],
    ["unhandledRejection", onFatal],
  ] as const;
  for (const [event, listener] of listeners) host.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) host.off(event, listener);
  };
}

/** Runs the steps, tells the gauges when it begins and ends, and logs what was finished and what was left. */
async function drain(steps: Step[], options: ShutdownOptions): Promise<DrainCount> {
  const { clock, log } = options;
  options.onDraining?.();
  const startedMs = clock.monotonicMs();
  const { finished, left } = await runSteps(steps, options);
  const durationMs = Math.round(clock.monotonicMs() - startedMs);
  options.onDrained?.(durationMs);
  const words = `drained in ${(durationMs / 1_000).toFixed(1)} s, ${finished} finished, ${left} left`;
  if (left === 0) log.info({ durationMs, finished, left }, words);
  else log.warn({ durationMs, finished, left }, words);
  return { finished, left };
}

/** After the limit the remaining steps are still begun, so that connections are told to close, but nobody waits for them. */
async function runSteps(steps: Step[], { clock, drainMs, log }: ShutdownOptions): Promise<DrainCount> {
  const limit = new AbortController();
  const finishedFirst = new AbortController();
  const limitReached = clock.sleep(drainMs, finishedFirst.signal).then(() => {
    if (!finishedFirst.signal.aborted) limit.abort();
    return "limit" as const;
  });
  let finished = 0;
  let left = 0;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { name } = step;
    const counted = runStep(step, limit.signal, log);
    const count = await Promise.race([counted, limitReached]);
    if (count === "limit") {
      left += 1;
      log.warn({ step: name, drainMs }, "drain step left unfinished");
    } else {
      finished += count.finished;
      left += count.left;
    }
  }
  finishedFirst.abort();
  return { finished, left };
}

async function runStep(step: Step, limit: AbortSignal, log: Logger): Promise<DrainCount> {
  try {
    const count = await step.run(limit);
    return isDrainCount(count) ? count : { finished: 0, left: 0 };
  } catch (error) {
    log.error({ err: error, step: step.name }, "drain step failed");
    return { finished: 0, left: 1 };
  }
}

function isDrainCount(value: unknown): value is DrainCount {
  if (typeof value !== "object" || value === null || !("finished" in value) || !("left" in value)) return false;
  return typeof value.finished === "number" && typeof value.left === "number";
}
