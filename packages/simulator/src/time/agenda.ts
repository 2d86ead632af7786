/** Something that is to be done at a time; `task` is gone when it was taken back. */
export interface Planned {
  readonly atMs: number;
  readonly order: number;
  task: (() => void) | undefined;
}

/** What is planned, the earliest first, what was planned earlier before what was planned later for the same time. */
export interface Agenda {
  readonly first: () => Planned | undefined;
  readonly add: (atMs: number, task: () => void) => Planned;
  readonly remove: (entry: Planned) => void;
  readonly takeDue: (nowMs: number) => (() => void) | undefined;
  readonly clear: () => void;
  /** Entries that are still to come. */
  readonly size: () => number;
}

/**
 * A binary heap: with 100,000 recordings that wait for their idle exit, planning and taking back must stay cheap.
 * What is taken back stays in the heap until it comes up, or until half of the heap is such entries.
 */
export function createAgenda(): Agenda {
  let heap: Planned[] = [];
  let removed = 0;
  let order = 0;

  const dropRemoved = (): void => {
    for (let top = heap[0]; top !== undefined && top.task === undefined; top = heap[0]) {
      removed -= 1;
      takeTop(heap);
    }
  };

  return {
    first: () => {
      dropRemoved();
      return heap[0];
    },
    add: (atMs, task) => {
      const entry: Planned = { atMs, order: order++, task };
      heap.push(entry);
      siftUp(heap, heap.length - 1);
      return entry;
    },
    remove: (entry) => {
      if (entry.task === undefined) return;
      entry.task = undefined;
      removed += 1;
      if (removed < 1_000 || removed * 2 < heap.length) return;
      heap = heap.filter(({ task }) => task !== undefined).toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
      removed = 0;
    },
    takeDue: (nowMs) => {
      dropRemoved();
      const top = heap[0];
      if (top === undefined || top.atMs > nowMs) return undefined;
      takeTop(heap);
      const { task } = top;
      // Whoever takes it back from now on must not be counted.
      top.task = undefined;
      return task;
    },
    clear: () => {
      heap = [];
      removed = 0;
    },
    size: () => heap.length - removed,
  };
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function takeTop(heap: Planned[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  siftDown(heap);
}

function siftUp(heap: Planned[], start: number): void {
  let index = start;
  const entry = heap[index];
  while (entry !== undefined && index > 0) {
    const parentIndex = (index - 1) >>> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    heap[parentIndex] = entry;
    index = parentIndex;
  }
}

function siftDown(heap: Planned[]): void {
  const entry = heap[0];
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const [left, right] = [heap[leftIndex], heap[leftIndex + 1]];
    if (entry === undefined || left === undefined) return;
    const [smaller, smallerIndex] =
      right !== undefined && isBefore(right, left) ? [right, leftIndex + 1] : [left, leftIndex];
    if (!isBefore(smaller, entry)) return;
    heap[index] = smaller;
    heap[smallerIndex] = entry;
    index = smallerIndex;
  }
}
