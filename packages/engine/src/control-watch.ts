import { controlOf, isInForce, scopeKinds } from "@autorec/domain";
import type { ControlledChannel, ControlOrder, ControlSwitch } from "@autorec/domain";
import type { Clock, Logger, Metrics } from "@autorec/service-kit";
import type { ControlReading, SessionStore } from "@autorec/session-store";

/** Where the operators' switches are read, and how old they may be. */
export interface ControlWatchOptions {
  readonly store: Pick<SessionStore, "readControl" | "restoreSwitches">;
  /** Who puts lost switches back, for the audit. */
  readonly owner: string;
  /** How often they are read: so old is what a decision acts on, as long as Redis answers. */
  readonly everyMs: number;
  /** Older than this they are not believed: nothing new is started until they can be read again. */
  readonly believedMs: number;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly metrics: Pick<Metrics, "paused">;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/**
 * What the operators' switches say, as every decision of this process may ask without waiting. Switches that Redis has lost
 * are put back from memory, and lifted again where it went back to a time before that.
 */
export class ControlWatch {
  readonly #options: ControlWatchOptions;
  #reading: ControlReading | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(options: ControlWatchOptions) {
    this.#options = options;
  }

  /** What is allowed for a channel now; nothing new is started on switches that could not be read for too long. */
  orderFor(channel: ControlledChannel): ControlOrder {
    const ageMs = this.#options.clock.monotonicMs() - this.#readAtMs;
    if (this.#reading === undefined || ageMs > this.#options.believedMs) return { control: "holdStarts" };
    return controlOf(this.#reading.switches, channel, this.#reading.nowMs + ageMs);
  }

  /** What was read last; undefined before the first reading. */
  get reading(): ControlReading | undefined {
    return this.#reading;
  }

  /** Reads the switches now. Rejects when Redis does not answer or holds one that cannot be understood. */
  async refresh(): Promise<void> {
    const { clock, log, owner, store } = this.#options;
    const askedAtMs = clock.monotonicMs();
    let reading = await store.readControl();
    const before = this.#reading;
    if (before?.born !== undefined && hasLost(reading, before)) {
      const { born, revision, switches } = before;
      const restored = await store.restoreSwitches({ switches, born, revision, author: owner });
      if (restored === "restored")
        log.error({ switches: switches.length }, "redis had lost what its switches said, they are put back");
      // What was read without them never counts: for no moment is a switch forgotten.
      reading = await store.readControl();
    }
    this.#reading = reading;
    this.#readAtMs = askedAtMs;
    this.#show(reading);
    if (before !== undefined && before.revision !== reading.revision) tell(log, before.switches, reading.switches);
  }

  /** Reads the switches again and again until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, log } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal);
      try {
        await this.refresh();
        if (this.#isFailing) log.info({}, "switches can be read again");
        this.#isFailing = false;
      } catch (err) {
        if (!this.#isFailing) log.warn({ err }, "switches could not be read, it is tried again");
        this.#isFailing = true;
      }
    }
  }

  #show({ nowMs, switches }: ControlReading): void {
    for (const scope of scopeKinds) {
      const isPaused = switches.some((each) => each.scope.kind === scope && isInForce(each, nowMs));
      this.#options.metrics.paused.set({ scope }, isPaused ? 1 : 0);
    }
  }
}

/** Whether Redis does not know what it has said before: emptied, or a replica that had not heard the last of it. */
function hasLost(reading: ControlReading, before: ControlReading): boolean {
  return reading.born === before.born ? reading.revision < before.revision : before.switches.length > 0;
}

function tell(
  log: Pick<Logger, "info" | "warn">,
  before: readonly ControlSwitch[],
  after: readonly ControlSwitch[],
): void {
  const isIn = (list: readonly ControlSwitch[], each: ControlSwitch): boolean =>
    list.some(({ revision }) => revision === each.revision);
  for (const { author, mode, reason, scope, untilMs } of after.filter((each) => !isIn(before, each)))
    log.warn(
      { scope, mode, author, reason, ...(untilMs === undefined ? {} : { untilMs }) },
      "operator has thrown a switch",
    );
  for (const { mode, scope } of before.filter((each) => !isIn(after, each)))
    log.warn({ scope, mode }, "a switch was lifted or replaced");
}
