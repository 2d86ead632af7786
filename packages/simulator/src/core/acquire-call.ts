import type { CallResult } from "./answer.ts";
import { refusal } from "./answer.ts";
import { parseAcquireBody } from "./request-bodies.ts";
import type { World } from "./world.ts";
import { accountOfApp, workersUsed } from "./world.ts";

/** Resources kept at once; the oldest that no recording uses goes first, as if Agora had forgotten it. */
const resourcesMax = 50_000;

/** Gives out a resourceId; has no effect in the channel. */
export function acquire(world: World, request: { readonly appId: string; readonly json: unknown }): CallResult {
  const { appId, json } = request;
  const parsed = parseAcquireBody(json);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const { cname, uid: uidText, expiredHours, startParameter } = parsed.body;
  if (!isChannelName(cname)) return refusal(400, 401, "invalid_channel_name");
  const uid = parseUid(uidText);
  if (uid === undefined) return refusal(400, 2, "Acquire: invalid uid value!");
  const { switches } = world.settings;
  if (switches.workersCheckedAt !== "start" && isOverWorkers(world, appId)) return overWorkers;

  const resourceId = urlSafeId(world);
  world.resources.set(resourceId, {
    resourceId,
    appId,
    channelName: cname,
    uid,
    acquiredAtMs: world.scheduler.nowMs(),
    expiredHours,
    ...(startParameter === undefined ? {} : { startParameter }),
    recording: undefined,
  });
  forgetOldest(world);
  const echo = switches.omitEchoedIds ? {} : { cname, uid: uidText };
  return { status: 200, body: { ...echo, resourceId }, applied: true, resourceId };
}

export const overWorkers = refusal(400, 406, "vendor_over_load");

/** Whether all workers of the App ID are taken. */
export function isOverWorkers(world: World, appId: string): boolean {
  const account = accountOfApp(world, appId);
  return account !== undefined && workersUsed(world, appId) >= account.workersMax;
}

/** Shorter than 64 bytes, of the characters that Agora lists. */
function isChannelName(name: string): boolean {
  return /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,63}$/.test(name);
}

/** Decimal, 1 … 2³² − 1. */
export function parseUid(text: string): number | undefined {
  if (!/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const uid = Number(text);
  return uid <= 4_294_967_295 ? uid : undefined;
}

function urlSafeId(world: World): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from({ length: 128 }, () => alphabet[world.random.between(0, 63)] ?? "A").join("");
}

function forgetOldest(world: World): void {
  if (world.resources.size <= resourcesMax) return;
  for (const [resourceId, { recording }] of world.resources) {
    if (recording !== undefined && recording.phase.name !== "gone" && recording.phase.name !== "ending") continue;
    world.resources.delete(resourceId);
    if (recording !== undefined) world.recordings.delete(recording.sid);
    return;
  }
}
