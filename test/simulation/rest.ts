import type { Attempt } from "@autorec/domain";
import type { ModelAgora } from "./model-agora.ts";
import type { Recorder } from "./model-recorders.ts";
import type { WorldPlan } from "./draw-world.ts";
import type { ModelKafka } from "./model-kafka.ts";
import type { RedisOutages } from "./redis-outages.ts";
import type { Room } from "./room.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";
import type { StoreBackend } from "./store-backend.ts";

/** What tells whether a world has come to rest. */
export interface RestingWorld {
  readonly agora: ModelAgora;
  readonly backend: StoreBackend;
  readonly clock: SimClock;
  readonly kafka: ModelKafka;
  readonly plan: WorldPlan;
  readonly processes: readonly SimProcess[];
  readonly rooms: readonly Room[];
  readonly redis: Pick<RedisOutages, "awayUntilMs">;
  /** Until when something that was set off earlier may still arrive. */
  readonly expectsUntilMs: number;
}

/**
 * Whether every occupied channel is recorded as it should be, by Agora's own account and by the record's: from here on a calm
 * world only repeats itself, until something of its own time is due.
 */
export async function isSettled(world: RestingWorld): Promise<boolean> {
  const { agora, backend, plan, rooms } = world;
  if (!isStill(world)) return false;
  for (const { name } of rooms) {
    const recorders = agora.recorders.live(name);
    if (recorders.some((recorder) => recorder.st !== "recording" || isStillToBeNamed(recorder, world))) return false;
    const reading = await backend.readChannel({ appId: "app", channelName: name });
    if (reading === undefined || reading.view.facts.length > 0) return false;
    const { attempts, slots } = reading.view.record;
    const isRecorded = plan.rule.slots.every((slot) => isConfirmed(attempts[slots[slot].resp], recorders));
    const others = Object.values(attempts).filter(({ n, slot }) => slots[slot].resp !== n);
    if (!isRecorded || others.some(({ st }) => !settledBeside.has(st))) return false;
  }
  return true;
}

/** Whether nobody is anywhere, nothing is open, and nothing that could change that is under way. */
export async function isOver(world: RestingWorld): Promise<boolean> {
  const { agora, backend, rooms } = world;
  if (!isStill(world) || (await backend.outboxLength()) > 0) return false;
  for (const { name } of rooms) {
    if (agora.recorders.live(name).length > 0) return false;
    const reading = await backend.readChannel({ appId: "app", channelName: name });
    if (reading === undefined) continue;
    const { facts, record } = reading.view;
    const isOpen = Object.values(record.attempts).some(({ st }) => st !== "CLOSED");
    if (isOpen || record.want.on || facts.length > 0 || reading.leaseOwner !== undefined) return false;
  }
  return true;
}

/** Who is not responsible waits for the channel to empty, or is over. */
const settledBeside: ReadonlySet<string> = new Set(["CLOSED", "GHOST", "DOUBT"]);

function isConfirmed(attempt: Attempt | undefined, recorders: readonly Recorder[]): boolean {
  if (attempt?.st !== "CONF" || attempt.n404 > 0 || attempt.rotating) return false;
  return recorders.some(({ sid, isOutOfControl }) => sid === attempt.sid && !isOutOfControl);
}

/** Whoever was told its sid lives and has not made use of it. */
function isStillToBeNamed({ isKnown, mustBeKnown, toldTo }: Recorder, { processes }: RestingWorld): boolean {
  return !isKnown && !mustBeKnown && processes.some(({ id }) => id === toldTo);
}

/** Everybody is awake, and nothing is on its way. */
function isStill(world: RestingWorld): boolean {
  const { agora, backend, clock, expectsUntilMs, kafka, processes, redis } = world;
  if (backend.isLost()) return false;
  if (clock.nowMs < Math.max(expectsUntilMs, redis.awayUntilMs) || agora.pendingStarts.size > 0) return false;
  if (processes.some((process) => !process.isAlive || process.isFrozen)) return false;
  return kafka.partitions.every((records, partition) => kafka.committed(partition) === records.length);
}
