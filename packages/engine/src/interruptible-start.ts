import { waitForDependency } from "@autorec/service-kit";
import type { Clock, Logger, Shutdown, WaitOptions } from "@autorec/service-kit";

/** Nobody waits longer for a connection to close while the process starts: nothing is under way that would be cut off. */
const closeMsMax = 300;

/** What a step of the start may ask for. */
export interface Start {
  /** Waits until the check passes, for as long as a start may take. @throws AutorecError with the code; whatever is terminal */
  waitFor(name: string, check: () => Promise<unknown>, code: WaitOptions["code"]): Promise<void>;
  /** Registers what was opened, to be closed at the end of the process. */
  onStop(name: string, close: () => Promise<unknown>): void;
}

/** The process that starts, and how long it may wait for each dependency. */
export interface StartOptions {
  readonly shutdown: Pick<Shutdown, "signal" | "draining" | "onStop" | "stop">;
  readonly log: Logger;
  readonly clock: Clock;
  readonly limitMs: number;
}

/**
 * Runs the start of a process. One that is told to stop meanwhile says so, ends within about a second and by its shutdown
 * alone: neither does what it has begun come back, nor is its failure an error any more.
 */
export async function interruptibleStart<T>(work: (start: Start) => Promise<T>, options: StartOptions): Promise<T> {
  const { clock, limitMs, log, shutdown } = options;
  let waitedFor: string | undefined;
  let hasStarted = false;
  const start: Start = {
    async waitFor(name, check, code) {
      waitedFor = name;
      await waitForDependency(name, check, { limitMs, log, clock, signal: shutdown.signal, code });
    },
    onStop(name, close) {
      shutdown.onStop(name, () => (hasStarted ? close() : Promise.race([close(), clock.sleep(closeMsMax)])));
    },
  };
  const sayStopped = (): void => {
    log.info({ waitedFor }, "told to stop while starting");
  };
  shutdown.signal.addEventListener("abort", sayStopped);
  try {
    const started = await work(start);
    hasStarted = !shutdown.draining;
    if (hasStarted) return started;
  } catch (err) {
    if (!shutdown.draining) throw err;
    log.debug({ err }, "start given up");
  } finally {
    shutdown.signal.removeEventListener("abort", sayStopped);
  }
  await shutdown.stop("start given up");
  // The process has left; whoever waits for its start must not go on with half of it.
  return new Promise<never>(() => undefined);
}
