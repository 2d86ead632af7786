import type { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";

/** After a loss of Redis a process tells again what it has learned in the last minute; what is older is in the journal. */
const retoldMs = 50_000;

interface Told {
  readonly process: SimProcess;
  /** The life that was told. */
  readonly id: string;
  readonly recorder: Recorder;
  readonly atMs: number;
}

/** Which sids the processes were told: whoever lives on for long enough has written them down, however long Redis was away. */
export class ToldSids {
  readonly #tools: {
    readonly agora: ModelAgora;
    readonly clock: SimClock;
    readonly leaseMs: number;
    /** Since when Redis answers and is complete; Infinity while it is not. */
    readonly redisHereSinceMs: () => number;
  };
  #told: Told[] = [];

  constructor(tools: {
    readonly agora: ModelAgora;
    readonly clock: SimClock;
    readonly leaseMs: number;
    readonly redisHereSinceMs: () => number;
  }) {
    this.#tools = tools;
  }

  tell(process: SimProcess, sid: string): void {
    const { agora, clock } = this.#tools;
    const recorder = agora.recorders.of(sid);
    if (recorder === undefined) return;
    const { id } = process;
    recorder.toldTo ??= id;
    const told = { process, id, recorder, atMs: clock.nowMs };
    this.#told.push(told);
    this.#watch(told);
  }

  /** Redis has lost all: what the journal knows is asked for again, and what living processes tell; others are ghosts now. */
  forget(isJournalled: (sid: string) => boolean): void {
    const { agora, clock } = this.#tools;
    for (const recorder of agora.recorders.all) {
      recorder.isKnown = false;
      recorder.mustBeKnown = isJournalled(recorder.sid);
    }
    this.#told = this.#told.filter(({ atMs, id, process }) => process.id === id && clock.nowMs - atMs < retoldMs);
    for (const told of this.#told) this.#watch(told);
  }

  #watch(told: Told): void {
    const { clock, leaseMs, redisHereSinceMs } = this.#tools;
    const look = (): void => {
      if (!this.#told.includes(told)) return;
      if (clock.nowMs - redisHereSinceMs() >= leaseMs) told.recorder.mustBeKnown = true;
      else told.process.after(leaseMs, look);
    };
    told.process.after(2 * leaseMs, look);
  }
}
