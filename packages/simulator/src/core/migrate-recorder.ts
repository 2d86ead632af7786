import { enterService, failRecorder, killRecorder, leaveService } from "./recorders.ts";
import type { Channel, Recording } from "./recording.ts";
import type { World } from "./world.ts";

/** Agora gives up at the fourth failure. */
const migrationsMax = 3;
/** Uids that Agora draws for migrated recorders: outside the range that autorec reserves. */
const randomUid = { min: 100_000_000, max: 3_999_999_999 };

/** Moves a live recorder: 404 for the window, then the same sid under a new random uid; the fourth time it ends. */
export function migrateRecorder(
  world: World,
  recording: Recording,
  order: { readonly windowMs: number; readonly silent: boolean },
): "migrating" | "ended" {
  if (recording.migrationCount >= migrationsMax) {
    killRecorder(world, recording, order.silent);
    return "ended";
  }
  recording.migrationCount += 1;
  recording.phase = { name: "migrating" };
  const nowMs = world.scheduler.nowMs();
  leaveService(world, recording, { cause: "migration", reason: 2, announceAtMs: order.silent ? undefined : nowMs });
  recording.cancels.push(
    world.scheduler.at(nowMs + order.windowMs, () => {
      endMigration(world, recording);
    }),
  );
  return "migrating";
}

function endMigration(world: World, recording: Recording): void {
  if (recording.phase.name !== "migrating") return;
  const { switches } = world.settings;
  const flaw = tokenFlawOf(world, recording);
  if (flaw !== undefined) {
    failRecorder(world, recording, flaw);
    return;
  }
  const previousUid = recording.uid;
  recording.uid = freeUid(world, recording.channel);
  if (switches.statusAfterMigration === "walksAgain") recording.walkFromMs = world.scheduler.nowMs();
  recording.phase = { name: "live" };
  enterService(world, recording, "migration", previousUid);
}

/** What is wrong with the token of a recorder that comes in again, under another uid. @see E 3.8, E 5.4 */
function tokenFlawOf(world: World, { token }: Recording): "token" | "tokenExpired" | undefined {
  const { migrationChecksToken, tokenExpiryEnds } = world.settings.switches;
  if (token === undefined) return undefined;
  if (migrationChecksToken && token.isBound) return "token";
  return tokenExpiryEnds && token.joinEndsAtMs <= world.scheduler.nowMs() ? "tokenExpired" : undefined;
}

function freeUid(world: World, channel: Channel): number {
  for (;;) {
    const uid = world.random.between(randomUid.min, randomUid.max);
    const taken = channel.participants.has(uid) || [...channel.recorders].some((recording) => recording.uid === uid);
    if (!taken) return uid;
  }
}
