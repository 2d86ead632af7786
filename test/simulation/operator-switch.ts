import type { Control, Durations } from "@autorec/domain";
import type { Fate } from "./fate.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";

interface OperatorSwitchTools {
  readonly clock: SimClock;
  readonly fate: Fate;
  readonly durations: Durations;
  readonly processes: readonly SimProcess[];
  readonly say: (line: () => string) => void;
  /** Every process knows of the switch by now. */
  readonly heardByAll: (revision: number) => Promise<void>;
}

/** The operators' switch for all channels: processes learn of a move one by one, then every channel is looked at. */
export class OperatorSwitch {
  readonly #tools: OperatorSwitchTools;
  readonly #heard = new Map<string, Control>();
  #control: Control = "run";
  #revision = 0;

  constructor(tools: OperatorSwitchTools) {
    this.#tools = tools;
  }

  get revision(): number {
    return this.#revision;
  }

  /** What a process has heard of. */
  at(processName: string): Control {
    return this.#heard.get(processName) ?? "run";
  }

  /** An order that Redis has lost is given again. */
  async repeat(): Promise<void> {
    if (this.#revision > 0) await this.#tools.heardByAll(this.#revision);
  }

  move(control: Control): void {
    if (control === this.#control) return;
    const { clock, durations, fate, heardByAll, processes, say } = this.#tools;
    this.#control = control;
    this.#revision += 1;
    const revision = this.#revision;
    say(() => `switch: ${control}`);
    const heardMs = durations.leaseMs / 6;
    for (const { name } of processes) {
      clock.in(fate.between(`${name} switch`, 0, heardMs), () => {
        if (revision === this.#revision) this.#heard.set(name, control);
      });
    }
    clock.in(heardMs + 1, () => heardByAll(revision));
  }
}
