import type { Action } from "./action.ts";
import { inOrder } from "./action.ts";

/** Four people come to a channel one after the other; the last one leaves at the end. */
function lesson(
  channel: string,
  firstUid: number,
  times: { readonly fromMs: number; readonly toMs: number },
): readonly Action[] {
  const { fromMs, toMs } = times;
  const third = Math.round((toMs - fromMs) / 3);
  return [
    { atMs: fromMs, kind: "join", channel, uid: firstUid },
    { atMs: fromMs + 1_500, kind: "join", channel, uid: firstUid + 1 },
    { atMs: fromMs + third, kind: "leave", channel, uid: firstUid + 1, reason: 10, comesBack: true },
    { atMs: fromMs + third + 1_200, kind: "join", channel, uid: firstUid + 1 },
    { atMs: toMs - 1_000, kind: "leave", channel, uid: firstUid + 1, reason: 1, comesBack: false },
    { atMs: toMs, kind: "leave", channel, uid: firstUid, reason: 1, comesBack: false },
  ];
}

const second = 1_000;

/**
 * The first minute of a newcomer: twelve channels, and each fault that autorec exists for, once. `class-4` loses the answer
 * of its start and is empty by second 50, so that its ghost idles out before the end.
 */
export const dayScenario: readonly Action[] = inOrder([
  ...[1, 2, 3, 5, 6, 7].flatMap((i) => lesson(`class-${String(i)}`, 100 * i, { fromMs: i * 500, toMs: 58 * second })),
  { atMs: 0, kind: "lose-start-answer", channel: "class-4" },
  ...lesson("class-4", 400, { fromMs: 3 * second, toMs: 40 * second }),
  // Everybody goes and comes back: once inside the grace, once after it.
  ...lesson("class-8", 800, { fromMs: 4 * second, toMs: 16 * second }),
  ...lesson("class-8", 810, { fromMs: 17 * second, toMs: 55 * second }),
  ...lesson("class-9", 900, { fromMs: 5 * second, toMs: 20 * second }),
  ...lesson("class-9", 910, { fromMs: 30 * second, toMs: 57 * second }),
  ...[10, 11, 12].flatMap((i) =>
    lesson(`class-${String(i)}`, 100 * i, { fromMs: (i - 2) * second, toMs: (44 + i) * second }),
  ),
  { atMs: 14 * second, kind: "kill", channel: "class-3", silent: false },
  { atMs: 20 * second, kind: "kill", channel: "class-5", silent: true },
  { atMs: 26 * second, kind: "migrate", channel: "class-6" },
  { atMs: 31 * second, kind: "process", target: "consumer-1", fault: "kill" },
  { atMs: 36 * second, kind: "process", target: "consumer-1", fault: "start" },
  { atMs: 42 * second, kind: "copies", copies: 5 },
  ...[5, 6, 7, 8].map((uid): Action => ({ atMs: 42_500, kind: "join", channel: "class-7", uid })),
  ...[5, 6, 7, 8].map((uid): Action => ({
    atMs: 44_500,
    kind: "leave",
    channel: "class-7",
    uid,
    reason: 1,
    comesBack: false,
  })),
  { atMs: 46 * second, kind: "copies", copies: 1 },
]);
