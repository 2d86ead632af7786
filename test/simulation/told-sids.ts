import type { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";

interface Told {
  readonly process: SimProcess;
  /** The life of the process that was told. */
  readonly life: string;
  readonly recorder: Recorder;
}

/** What telling those apart who must remember needs of the world. */
interface ToldSidsTools {
  readonly agora: ModelAgora;
  readonly clock: SimClock;
  readonly leaseMs: number;
  /** Since when Redis answers and is complete; Infinity while it is not. */
  readonly redisHereSinceMs: () => number;
}

/** Which sids the processes were told: whoever lives on for long enough has written them down, however long Redis was away. */
export class ToldSids {
  readonly #tools: ToldSidsTools;
  readonly #told = new Set<Told>();

  constructor(tools: ToldSidsTools) {
    this.#tools = tools;
  }

  tell(process: SimProcess, sid: string): void {
    const { agora } = this.#tools;
    const recorder = agora.recorders.of(sid);
    if (recorder === undefined) return;
    recorder.toldTo ??= process.id;
    const told = { process, life: process.id, recorder };
    this.#told.add(told);
    this.#watch(told);
  }

  /** Redis has lost all: who is not told again, or was asleep as it was, has ghosts now. */
  forget(): void {
    for (const recorder of this.#tools.agora.recorders.all) {
      recorder.isKnown = false;
      recorder.mustBeKnown = false;
    }
    this.#told.clear();
  }

  /** Redis has gone back to a state with these sids: whoever was told another one, and lives on, tells it again. */
  forgetAllBut(sids: ReadonlySet<string>): void {
    for (const recorder of this.#tools.agora.recorders.all) {
      if (sids.has(recorder.sid)) continue;
      recorder.isKnown = false;
      recorder.mustBeKnown = false;
    }
    for (const told of [...this.#told]) {
      if (sids.has(told.recorder.sid)) continue;
      this.#told.delete(told);
      if (told.process.id === told.life) this.tell(told.process, told.recorder.sid);
    }
  }

  #watch(told: Told): void {
    const { clock, leaseMs, redisHereSinceMs } = this.#tools;
    const lookAfter = (ms: number): void => {
      const latestAtMs = clock.nowMs + 1.01 * ms;
      told.process.after(ms, () => {
        if (!this.#told.has(told)) return;
        // Whoever was frozen meanwhile has only now begun to write it down.
        const wasAwake = clock.nowMs <= latestAtMs;
        if (wasAwake && clock.nowMs - redisHereSinceMs() >= leaseMs) told.recorder.mustBeKnown = true;
        else lookAfter(leaseMs);
      });
    };
    lookAfter(2 * leaseMs);
  }
}
