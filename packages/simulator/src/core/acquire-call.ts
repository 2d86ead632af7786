import { directoryOf } from "../settings/directory.ts";
import type { CallResult } from "./answer.ts";
import { overWorkers, refusal } from "./answer.ts";
import { rememberResource } from "./memory.ts";
import { parseAcquireBody } from "./requests/acquire-body.ts";
import { createResourceId } from "./resource-id.ts";
import { isOverWorkers, reserveWorker } from "./workers.ts";
import type { Resource } from "./recording.ts";
import type { World } from "./world.ts";

/** Gives out a resourceId; has no effect in the channel. @see R 2 */
export function acquire(world: World, request: { readonly appId: string; readonly json: unknown }): CallResult {
  const { appId, json } = request;
  const { switches } = world.settings;
  const parsed = parseAcquireBody(json, switches);
  if (!parsed.ok) return refusal(400, 2, parsed.reason);
  const { cname, uid: uidText, scene, expiredHours, startParameter } = parsed.body;
  const isNameRight =
    scene === 1
      ? isPageLabel(cname, switches.webChannelNameBytesMax)
      : isChannelName(cname, switches.channelNameBytesMax);
  if (!isNameRight) return refusal(400, 401, "invalid_channel_name");
  const uid = parseUid(uidText);
  if (uid === undefined) return refusal(400, 2, "Acquire: invalid uid value!");
  const refused = refuseService(world, appId);
  if (refused !== undefined) return refused;
  if (switches.workersCheckedAt !== "start" && isOverWorkers(world, appId)) return overWorkers;

  const resourceId = createResourceId(world);
  const resource: Resource = {
    resourceId,
    appId,
    channelName: cname,
    uid,
    acquiredAtMs: world.scheduler.nowMs(),
    expiredHours,
    scene,
    ...(startParameter === undefined ? {} : { startParameter }),
    recording: undefined,
  };
  world.resources.set(resourceId, resource);
  rememberResource(world, resource);
  reserveWorker(world, resource);
  const echo = switches.omitEchoedIds ? {} : { cname, uid: uidText };
  return { status: 200, body: { ...echo, resourceId }, applied: true, resourceId };
}

/** Decimal, 1 … 2³² − 1. */
export function parseUid(text: string): number | undefined {
  if (!/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const uid = Number(text);
  return uid <= 4_294_967_295 ? uid : undefined;
}

/** Of the characters that Agora lists, each of which is a byte. @see R 2.4 */
function isChannelName(name: string, bytesMax: number): boolean {
  return name.length <= bytesMax && /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]+$/.test(name);
}

/** In scene 1 `cname` is a label of the session, no channel. @see R 2.1 */
function isPageLabel(label: string, bytesMax: number): boolean {
  return label !== "" && Buffer.byteLength(label) <= bytesMax;
}

/** @see R 7.2 */
function refuseService(world: World, appId: string): CallResult | undefined {
  switch (directoryOf(world.settings).appOf(appId)?.app.service) {
    case "notEnabled":
      return refusal(400, 400, "invalid_appid");
    case "inactive":
      return refusal(400, 405, "no_active_status");
    case "enabled":
    case undefined:
      return undefined;
  }
}
