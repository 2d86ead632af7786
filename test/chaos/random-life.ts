import type { Action } from "@autorec/demo";
import { createRandom } from "@autorec/simulator";

/** Who comes and goes, and what happens to recorders; the same options make the same life. */
export interface LifeOptions {
  readonly seed: number;
  readonly channels: readonly string[];
  /** People act during this time; at its end every channel empties. */
  readonly actMs: number;
  /** 1: a stretch of people lasts 10 to 40 s; 4: four times as long, so that as much happens to each recorder, but later. */
  readonly pace: number;
}

type Random = ReturnType<typeof createRandom>;

/** Agora's words for why somebody left: left, connection lost, internal, several addresses, network. */
const leaveReasons = [1, 1, 1, 2, 4, 9, 10] as const;

/** In order of time: channels that fill, empty and fill again, and in each stretch at most one thing that happens to its recorder. */
export function randomLife({ seed, channels, actMs, pace }: LifeOptions): readonly Action[] {
  const random = createRandom(seed);
  const actions: Action[] = [];
  for (const [i, channel] of channels.entries()) {
    let atMs = random.between(0, Math.round(5_000 * pace));
    let uid = 1_000 * (i + 1);
    while (atMs < actMs - shortestMs) {
      const endMs = Math.min(actMs, atMs + Math.round(pace * random.between(shortestMs, longestMs)));
      actions.push(...stretch({ channel, uid, fromMs: atMs, toMs: endMs, random }));
      uid += 10;
      // Sometimes within the grace, sometimes beyond it.
      atMs = endMs + random.between(500, 9_000);
    }
  }
  return actions.toSorted((a, b) => a.atMs - b.atMs);
}

const shortestMs = 10_000;
const longestMs = 40_000;

interface Stretch {
  readonly channel: string;
  readonly uid: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly random: Random;
}

function stretch({ channel, uid, fromMs, toMs, random }: Stretch): readonly Action[] {
  const reason = (): number => leaveReasons[random.between(0, leaveReasons.length - 1)] ?? 1;
  const actions: Action[] = [
    { atMs: fromMs, kind: "join", channel, uid },
    { atMs: toMs, kind: "leave", channel, uid, reason: reason(), comesBack: false },
  ];
  const guestAtMs = random.between(fromMs + 500, toMs - 5_000);
  actions.push(
    { atMs: guestAtMs, kind: "join", channel, uid: uid + 1 },
    {
      atMs: guestAtMs + random.between(500, 4_000),
      kind: "leave",
      channel,
      uid: uid + 1,
      reason: reason(),
      comesBack: false,
    },
  );
  const what = random.between(0, 9);
  const when = random.between(fromMs + 2_000, toMs - 4_000);
  if (what <= 1) actions.push({ atMs: when, kind: "kill", channel, silent: true });
  if (what === 2) actions.push({ atMs: when, kind: "kill", channel, silent: false });
  if (what === 3) actions.push({ atMs: when, kind: "migrate", channel });
  if (what === 4) actions.push({ atMs: fromMs, kind: "lose-start-answer", channel });
  return actions;
}
