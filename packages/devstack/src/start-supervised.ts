import { startSupervisor, type Supervisor } from "./supervisor.ts";

/**
 * Answers what `start` makes of a supervisor of its own. When `start` fails or the signal calls it off, everything that
 * runs under the supervisor has ended before this rejects, with the signal's reason in the latter case.
 */
export async function startSupervised<T>(
  start: (supervisor: Supervisor) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const supervisor = await startSupervisor().catch((err: unknown) => {
    // A Ctrl-C that ends the whole group may meet it before it has a group of its own.
    signal.throwIfAborted();
    throw err;
  });
  // Whoever waits for a program hears at once that it has ended, so that `start` settles soon.
  const callOff = (): void => void supervisor.endAtWork().catch(() => undefined);
  signal.addEventListener("abort", callOff, { once: true });
  try {
    signal.throwIfAborted();
    const started = await start(supervisor);
    signal.throwIfAborted();
    return started;
  } catch (err) {
    await supervisor.endAtWork();
    signal.throwIfAborted();
    throw err;
  } finally {
    signal.removeEventListener("abort", callOff);
  }
}
