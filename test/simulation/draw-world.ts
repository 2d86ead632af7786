import { fastDurations, forecastQuota, realDurations } from "@autorec/domain";
import type { Durations, Rule } from "@autorec/domain";
import type { AccountQuota } from "@autorec/session-store";
import type { Fate } from "./fate.ts";
import type { AgoraChances } from "./model-agora.ts";
import type { NewsChances } from "./room.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { PortChances } from "./worker-parts.ts";

/** Everything about a world that its seed decides before anything happens. */
export interface WorldPlan {
  readonly durations: Durations;
  readonly shardCount: number;
  readonly partitionCount: number;
  readonly rooms: readonly string[];
  readonly consumers: number;
  readonly watchdogs: number;
  /** A storm, then a calm, so many times; then everybody leaves. */
  readonly cycles: number;
  readonly stormMs: number;
  readonly rule: Rule;
  /** What the account has at Agora: of each more than anybody can use, or hardly enough. */
  readonly quota: AccountQuota;
  readonly isScarce: boolean;
  readonly ports: PortChances;
  readonly agora: AgoraChances;
  readonly news: NewsChances;
  /** Mean time between two strikes, and between two movements of people in a room. */
  readonly strikeMs: number;
  readonly moveMs: number;
}

/** Draws a world; `calm`: nothing ever goes wrong but what the caller does; `scarce`: the account has hardly enough. */
export function drawWorld(fate: Fate, options: { readonly calm: boolean; readonly scarce?: boolean }): WorldPlan {
  const random = fate.random("plan");
  const durations = random.chance(0.5) ? realDurations : fastDurations;
  const level = options.calm ? 0 : random.next();
  const some = (most: number): number => most * level * random.next();
  const covers = [durations.coverAfterEagerMs, durations.coverAfterStandardMs, durations.coverAfterPatientMs];
  const rooms = Array.from({ length: options.calm ? 1 : random.between(2, 4) }, (_, i) => `room-${String(i + 1)}`);
  const secondSlot = random.chance(0.2) && !options.calm;
  const rotates = random.chance(0.25) && !options.calm;
  const world: Omit<WorldPlan, "isScarce" | "quota"> = {
    durations,
    shardCount: random.between(1, 2),
    partitionCount: random.between(1, 3),
    rooms,
    consumers: random.between(1, 2),
    watchdogs: random.between(1, 2),
    cycles: random.chance(0.15) ? 2 : 1,
    stormMs: options.calm ? 0 : random.between(2, 8) * durations.pollMs,
    rule: {
      name: "all",
      hash: "rule-1",
      mode: "individual",
      channelType: 0,
      countAudience: false,
      slots: secondSlot ? ["primary", "secondary"] : ["primary"],
      graceMs: durations.graceMs,
      graceNormalMs: durations.graceNormalMs,
      maxIdleMs: durations.maxIdleMs,
      coverAfterMs: covers[random.between(0, 2)] ?? durations.coverAfterStandardMs,
      tokenLifeS: 86_400,
      rotateAfterMs: rotates ? random.between(4, 30) * durations.pollMs : 82_800_000,
      priority: 0,
    },
    ports: {
      store: {
        crashBefore: some(0.01),
        crashAfter: some(0.01),
        lostRequest: some(0.03),
        lostAnswer: some(0.03),
        pause: some(0.01),
        slow: some(0.03),
      },
      agora: {
        crashBefore: some(0.05),
        crashAfter: some(0.05),
        lostRequest: some(0.2),
        lostAnswer: some(0.5),
        pause: some(0.05),
        slow: some(0.2),
      },
      kafka: {
        crashBefore: some(0.02),
        crashAfter: some(0.02),
        lostRequest: some(0.1),
        lostAnswer: some(0.1),
        pause: some(0.02),
        slow: some(0.1),
      },
    },
    agora: {
      refused: some(0.6),
      lateStart: some(0.5),
      unregistered: some(0.5),
      never: random.chance(0.1) ? some(0.1) : 0,
    },
    news: { drop: some(0.15), twice: some(0.3), late: some(0.3) },
    strikeMs: random.between(durations.pollMs / 10, durations.pollMs),
    moveMs: random.between(durations.graceMs / 2, 3 * durations.graceMs),
  };
  const isScarce = options.scarce === true;
  return { ...world, isScarce, quota: isScarce ? drawScarceQuota(fate.random("quota"), world) : plentiful };
}

const plentiful: AccountQuota = { requestsPerSecond: 10, workers: 1_000 };

/** Requests that it takes to replace a recorder in time, with one that is put off. */
const requestsPerRotation = 7;

/** What no service would refuse to begin with, and often no more. Apart from it the world is what it is without it. */
function drawScarceQuota(
  random: SeededRandom,
  { durations, rooms, rule }: Pick<WorldPlan, "durations" | "rooms" | "rule">,
): AccountQuota {
  const recorders = rooms.length * rule.slots.length;
  const drawn = { requestsPerSecond: random.between(2, 10), workers: recorders + random.between(0, 4) };
  const plan = { ...drawn, recorders, maxIdleMs: durations.maxIdleMs };
  const polls = forecastQuota(plan, durations).requestsPerSecondNeeded;
  const rotations = (1_000 * recorders * requestsPerRotation) / rule.rotateAfterMs;
  return { ...drawn, requestsPerSecond: Math.max(drawn.requestsPerSecond, Math.ceil(polls + rotations)) };
}
