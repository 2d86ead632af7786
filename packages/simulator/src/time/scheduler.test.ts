import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Scheduler } from "./scheduler.ts";
import { createManualScheduler, createSystemScheduler } from "./scheduler.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function manual(): { readonly scheduler: Scheduler; readonly advance: (byMs: number) => void } {
  const scheduler = createManualScheduler(1_000);
  return { scheduler, advance: scheduler.advance };
}
function system(): { readonly scheduler: Scheduler; readonly advance: (byMs: number) => void } {
  return { scheduler: createSystemScheduler(Date.now), advance: vi.advanceTimersByTime };
}

describe.each([
  ["manual", manual],
  ["system", system],
])("%s scheduler", (_, create) => {
  test("runs what is due in order of time, then of planning; what is taken back never", () => {
    const { scheduler, advance } = create();
    const ran: string[] = [];
    const plan = (name: string, atMs: number) =>
      scheduler.at(atMs, () => ran.push(`${name}@${String(scheduler.nowMs())}`));
    plan("c", 1_200);
    plan("a", 1_100);
    plan("b", 1_100);
    const takeBack = plan("never", 1_150);
    plan("far", 9_999);
    takeBack();
    takeBack();
    advance(500);
    expect(ran).toEqual(["a@1100", "b@1100", "c@1200"]);
  });

  test("a task may plan the next one, also for now", () => {
    const { scheduler, advance } = create();
    const ran: number[] = [];
    scheduler.at(1_100, () => {
      ran.push(1);
      scheduler.at(1_100, () => ran.push(2));
      scheduler.at(1_200, () => ran.push(3));
    });
    advance(100);
    expect(ran).toEqual([1, 2]);
    advance(100);
    expect(ran).toEqual([1, 2, 3]);
  });

  test("close drops everything", () => {
    const { scheduler, advance } = create();
    const task = vi.fn();
    scheduler.at(1_100, task);
    scheduler.close();
    advance(500);
    expect(task).not.toHaveBeenCalled();
  });
});
