/** Work that goes on while its caller does something else. */
export interface Lanes {
  /** Tasks of the same lane run one after the other, in this order. */
  readonly queue: (lane: string, task: Task) => void;
  readonly run: (task: Task) => void;
  /** Begins nothing more and waits for what is under way. */
  readonly close: () => Promise<void>;
}

type Task = () => Promise<void>;

export function createLanes(): Lanes {
  /** Of each lane what is still to be done, the one under way first. */
  const lanes = new Map<string, Task[]>();
  const running = new Set<Promise<void>>();
  let isClosed = false;

  const run = (task: Task): void => {
    const promise = task().finally(() => running.delete(promise));
    running.add(promise);
  };
  const runLane = async (lane: string, tasks: Task[]): Promise<void> => {
    for (let task = tasks[0]; task !== undefined && !isClosed; task = tasks[0]) {
      await task();
      tasks.shift();
    }
    lanes.delete(lane);
  };

  return {
    run,
    queue: (lane, task) => {
      const tasks = lanes.get(lane);
      if (tasks !== undefined) {
        tasks.push(task);
        return;
      }
      const first = [task];
      lanes.set(lane, first);
      run(() => runLane(lane, first));
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(running);
    },
  };
}
