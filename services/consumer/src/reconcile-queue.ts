import type { ChannelRef } from "@autorec/session-store";
import type { DrainCount } from "@autorec/service-kit";

export interface ReconcileQueueOptions {
  readonly reconcile: (ref: ChannelRef) => Promise<unknown>;
  /** Channels worked on at a time: each may have a call to Agora under way. */
  readonly runningMax: number;
  /** Channels that may wait for their turn; more are left to the schedule, which knows each of them as due. */
  readonly waitingMax: number;
  readonly onFailed: (ref: ChannelRef, err: unknown) => void;
}

/** A turn that is kept for a channel: to be begun with what was claimed for it, or given back. */
export interface KeptTurn {
  begin(work: () => Promise<unknown>): void;
  giveBack(): void;
}

/**
 * Channels to look at: at most one run and one waiting turn per channel, a bounded number at a time. It may forget whatever has
 * not begun, since presence made the channel due in Redis before it was added: the schedule continues it.
 */
export class ReconcileQueue {
  readonly #options: ReconcileQueueOptions;
  readonly #waiting = new Map<string, ChannelRef>();
  readonly #running = new Set<string>();
  #finished = 0;
  #isClosed = false;
  #listeners: (() => void)[] = [];

  constructor(options: ReconcileQueueOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /**
   * Asks for one more look at the channel, after everything that has been applied to it until now. Never waits: a channel that
   * is not added is looked at by the schedule.
   */
  add(ref: ChannelRef): "added" | "full" | "closed" {
    if (this.#isClosed) return "closed";
    const key = `${ref.appId}/${ref.channelName}`;
    if (this.#waiting.size >= this.#options.waitingMax && !this.#waiting.has(key)) return "full";
    this.#waiting.set(key, ref);
    this.#fill();
    return "added";
  }

  /** Keeps a turn for a channel that may be claimed before it begins; undefined when it has to wait like the others. */
  keepTurn(ref: ChannelRef): KeptTurn | undefined {
    const key = `${ref.appId}/${ref.channelName}`;
    if (this.#isClosed || this.#running.size >= this.#options.runningMax || this.#running.has(key)) return undefined;
    this.#running.add(key);
    return {
      begin: (work) => {
        this.#run(ref, { key, work });
      },
      giveBack: () => {
        this.#end(key);
      },
    };
  }

  /** Begins nothing more: what only waits is forgotten, what runs or keeps a turn goes on. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  /** Closes, then waits until nothing runs or the limit comes; says what was finished meanwhile and what was cut off. */
  async drain(limit: AbortSignal): Promise<DrainCount> {
    this.close();
    const finishedBefore = this.#finished;
    while (this.#running.size > 0 && !limit.aborted) await this.#change(limit);
    return { finished: this.#finished - finishedBefore, left: this.#running.size };
  }

  #fill(): void {
    for (const [key, ref] of this.#waiting) {
      if (this.#running.size >= this.#options.runningMax) return;
      // A channel that is being worked on keeps its turn until that run has ended.
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      this.#run(ref, { key, work: () => this.#options.reconcile(ref) });
    }
  }

  #run(ref: ChannelRef, { key, work }: { readonly key: string; readonly work: () => Promise<unknown> }): void {
    Promise.resolve()
      .then(work)
      .catch((err: unknown) => {
        this.#options.onFailed(ref, err);
      })
      .finally(() => {
        this.#finished += 1;
        this.#end(key);
      })
      // Only a failing onFailed could get here, and it must not fail.
      .catch(() => undefined);
  }

  #end(key: string): void {
    this.#running.delete(key);
    this.#fill();
    this.#announce();
  }

  #announce(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#listeners.push(done);
      signal.addEventListener("abort", done);
    });
  }
}
