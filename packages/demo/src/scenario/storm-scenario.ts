import type { Action } from "./action.ts";
import { inOrder } from "./action.ts";
import { seededRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Leave reasons as Agora gives them: left, connection lost, internal, several addresses, network. */
const leaveReasons = [1, 1, 1, 2, 4, 9, 10] as const;

/** How bad a storm is; the same options make the same storm. */
export interface StormOptions {
  readonly seed: number;
  /** 50 for the numbers that the storm promises; with fewer channels fewer recorders are killed. */
  readonly channelCount: number;
  /** People act during this time; afterwards every channel empties. */
  readonly actMs: number;
}

/**
 * A bad minute: every channel fills, empties and fills again, while recorders die loudly and silently, move, and answers
 * are lost, and consumers, watchdogs and the broker go down in turn. At least 6 joins a channel, 25 killed recorders of
 * which 10 silently, 10 lost answers of starts, 5 migrations.
 */
export function stormScenario(options: StormOptions): readonly Action[] {
  const random = seededRandom(options.seed);
  const channels = Array.from({ length: options.channelCount }, (_, i) => `class-${String(i + 1).padStart(3, "0")}`);
  const people = channels.flatMap((channel, index) => visits({ channel, index, random, actMs: options.actMs }));
  return inOrder([...people, ...recorderFaults(channels, random, options.actMs), ...processFaults(options.actMs)]);
}

interface Visit {
  readonly channel: string;
  readonly index: number;
  readonly random: SeededRandom;
  readonly actMs: number;
}

/** Two stretches of occupation in most channels, with people who come and go inside them. */
function visits({ channel, index, random, actMs }: Visit): readonly Action[] {
  const actions: Action[] = [];
  const firstUid = 1_000 + index * 20;
  const pauses = index % 3 === 0;
  const middleMs = Math.round(actMs * 0.5);
  const stretches = pauses
    ? [
        { fromMs: random.integer(0, 6_000), toMs: middleMs - random.integer(2_000, 6_000) },
        { fromMs: middleMs + random.integer(3_000, 7_000), toMs: actMs - random.integer(0, 3_000) },
      ]
    : [{ fromMs: random.integer(0, 6_000), toMs: actMs - random.integer(0, 3_000) }];
  for (const [round, { fromMs, toMs }] of stretches.entries()) {
    const guests = pauses ? 3 : 4;
    actions.push({ atMs: fromMs, kind: "join", channel, uid: firstUid + round * 10 });
    for (let guest = 1; guest < guests; guest += 1) {
      const uid = firstUid + round * 10 + guest;
      const joinsAtMs = random.integer(fromMs + 200, Math.max(fromMs + 400, toMs - 6_000));
      const leavesAtMs = random.integer(joinsAtMs + 500, toMs - 1_000);
      const comesBack = guest === 1;
      actions.push({ atMs: joinsAtMs, kind: "join", channel, uid });
      actions.push({ atMs: leavesAtMs, kind: "leave", channel, uid, reason: random.pick(leaveReasons), comesBack });
      if (!comesBack) continue;
      const backAtMs = Math.min(toMs - 400, leavesAtMs + random.integer(200, 1_500));
      actions.push({ atMs: backAtMs, kind: "join", channel, uid });
      actions.push({ atMs: toMs - 200, kind: "leave", channel, uid, reason: 1, comesBack: false });
    }
    actions.push({
      atMs: toMs,
      kind: "leave",
      channel,
      uid: firstUid + round * 10,
      reason: random.pick(leaveReasons),
      comesBack: false,
    });
  }
  // A guest who comes back to every channel makes sure that each sees at least six joins.
  const lateUid = firstUid + 9;
  const last = stretches[stretches.length - 1];
  if (last !== undefined) {
    const joinsAtMs = random.integer(last.fromMs + 300, last.toMs - 3_000);
    actions.push({ atMs: joinsAtMs, kind: "join", channel, uid: lateUid });
    actions.push({ atMs: joinsAtMs + 1_500, kind: "leave", channel, uid: lateUid, reason: 1, comesBack: false });
  }
  return actions;
}

function recorderFaults(channels: readonly string[], random: SeededRandom, actMs: number): readonly Action[] {
  const shuffled = random.shuffled(channels);
  const lost = shuffled.slice(0, 11);
  const migrating = shuffled.slice(11, 17);
  const killed = shuffled.slice(17);
  const at = (fromShare: number, toShare: number): number =>
    random.integer(Math.round(actMs * fromShare), Math.round(actMs * toShare));
  return [
    ...lost.map((channel): Action => ({ atMs: 0, kind: "lose-start-answer", channel })),
    ...migrating.map((channel): Action => ({ atMs: at(0.2, 0.8), kind: "migrate", channel })),
    ...killed.map((channel, i): Action => ({ atMs: at(0.2, 0.8), kind: "kill", channel, silent: i % 5 < 2 })),
  ];
}

/** Each process fault has its own stretch of time, so that a bound names one cause. */
function processFaults(actMs: number): readonly Action[] {
  const at = (share: number): number => Math.round(actMs * share);
  return [
    { atMs: at(0.06), kind: "process", target: "consumer-1", fault: "kill-mid-start" },
    { atMs: at(0.16), kind: "process", target: "consumer-1", fault: "start" },
    { atMs: at(0.3), kind: "process", target: "watchdog-1", fault: "kill" },
    { atMs: at(0.42), kind: "process", target: "watchdog-1", fault: "start" },
    { atMs: at(0.5), kind: "process", target: "consumer-2", fault: "pause" },
    { atMs: at(0.5) + 8_000, kind: "process", target: "consumer-2", fault: "resume" },
    { atMs: at(0.75), kind: "broker", fault: "stop" },
    { atMs: at(0.75) + 1_000, kind: "broker", fault: "start" },
  ];
}
