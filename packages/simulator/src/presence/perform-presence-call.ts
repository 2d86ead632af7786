import { z } from "zod";
import { accountOf } from "../api/gateway.ts";
import { isJsonType, readJson } from "../api/request-body.ts";
import type { TokenBuckets } from "../api/token-buckets.ts";
import type { CallResult } from "../core/answer.ts";
import { gatewayAnswer, noRoute } from "../core/answer.ts";
import type { World } from "../core/world.ts";
import { directoryOf } from "../settings/directory.ts";
import type { SimulatorAccount } from "../settings/simulator-settings.ts";
import type { KickingRules } from "./kicking-rules.ts";
import type { PresenceRoute } from "./presence-route.ts";
import type { Member, PresenceView } from "./presence-view.ts";

/** What the calls work on. */
export interface Presence {
  readonly world: World;
  readonly view: PresenceView;
  readonly rules: KickingRules;
  readonly buckets: TokenBuckets;
}

export interface PresenceRequest {
  readonly route: PresenceRoute;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly bodyText: string;
}

/** One call as Agora answers it: credentials, rate, App ID, then what was asked. @see E 4.1 */
export function performPresenceCall(presence: Presence, request: PresenceRequest): CallResult {
  const { world } = presence;
  const { route, authorization } = request;
  const { ncsIpVersion } = world.settings.switches;
  if (route.call === "ncsIp" && ncsIpVersion !== "both" && ncsIpVersion !== route.version) return noRoute;
  if (authorization === undefined || authorization === "") return gatewayAnswer(401, "Unauthorized");
  const account = accountOf(world, authorization);
  if (account === undefined) return gatewayAnswer(401, "Invalid authentication credentials");
  const limited = overRate(presence, account, route.call);
  if (limited !== undefined) return limited;
  if (route.call === "ncsIp") return ncsIp(world);
  if (route.call === "kick") return kick(presence, account, request);
  const refused = refuseApp(world, account, route.appId);
  if (refused !== undefined) return refused;
  switch (route.call) {
    case "listChannels":
      return listChannels(presence, route.appId, request.query);
    case "listUsers":
      return listUsers(presence, route);
    case "userStatus":
      return userStatus(presence, route);
  }
}

/** Each query has a rate of its own, per account. */
function overRate(
  { world, buckets }: Presence,
  { customerId }: SimulatorAccount,
  call: PresenceRoute["call"],
): CallResult | undefined {
  const { presence, switches } = world.settings;
  const isQuery = call !== "kick" && call !== "ncsIp";
  const perSecond = isQuery ? presence.queriesPerSecond : presence.othersPerSecond;
  const taken = buckets.take(`${customerId}/${call}`, { perSecond, burst: Math.ceil(perSecond) });
  if (taken.ok) return undefined;
  const answer = gatewayAnswer(429, "API rate limit exceeded");
  if (!switches.retryAfterHeader) return answer;
  return { ...answer, headers: { "retry-after": String(Math.max(1, Math.ceil(taken.waitMs / 1_000))) } };
}

function refuseApp(world: World, { customerId }: SimulatorAccount, appId: string): CallResult | undefined {
  const owner = directoryOf(world.settings).appOf(appId)?.account;
  if (owner === undefined) return gatewayAnswer(400, "appid is invalid");
  return owner.customerId === customerId ? undefined : gatewayAnswer(403, "no permission for this appid");
}

function ncsIp(world: World): CallResult {
  const hosts = world.settings.presence.ncsHosts.map((primaryIP) => ({ primaryIP }));
  return { status: 200, body: { data: { service: { hosts } } }, applied: false };
}

const pageSchema = z.object({
  page_no: z.coerce.number().pipe(z.int().min(0)).default(0),
  page_size: z.coerce.number().pipe(z.int().min(1).max(500)).default(100),
});

function listChannels({ view }: Presence, appId: string, query: URLSearchParams): CallResult {
  const page = pageSchema.safeParse(Object.fromEntries(query));
  if (!page.success) return gatewayAnswer(400, `${String(page.error.issues[0]?.path[0])} is invalid`);
  const { page_no: pageNumber, page_size: pageSize } = page.data;
  const all = view.channels(appId);
  const channels = all
    .slice(pageNumber * pageSize, (pageNumber + 1) * pageSize)
    .map(({ channelName, userCount }) => ({ channel_name: channelName, user_count: userCount }));
  return success({ channels, total_size: all.length });
}

function listUsers(
  { world, view }: Presence,
  { appId, channelName, hostsOnly }: Extract<PresenceRoute, { readonly call: "listUsers" }>,
): CallResult {
  const members = view.members(appId, channelName);
  if (members.length === 0) return success({ channel_exist: false });
  if (!isLive(world)) {
    const users = uidsOf(members);
    return success({ channel_exist: true, mode: 1, total: users.length, users });
  }
  const broadcasters = uidsOf(members.filter(({ role }) => role === "host"));
  const audience = uidsOf(members.filter(({ role }) => role === "audience"));
  const { audienceMax } = world.settings.presence;
  const rest = hostsOnly ? {} : { audience: audience.slice(0, audienceMax), audience_total: audience.length };
  return success({ channel_exist: true, mode: 2, broadcasters, ...rest });
}

function userStatus(
  { world, view }: Presence,
  route: Extract<PresenceRoute, { readonly call: "userStatus" }>,
): CallResult {
  if (!/^[1-9]\d{0,9}$/.test(route.uid)) return gatewayAnswer(400, "uid is invalid");
  const uid = Number(route.uid);
  const member = view.members(route.appId, route.channelName).find((each) => each.uid === uid);
  if (member === undefined) return success({ in_channel: false });
  const { platform, joinedAtMs, role } = member;
  const roleNumber = !isLive(world) ? 1 : role === "host" ? 2 : 3;
  return success({ join: Math.floor(joinedAtMs / 1_000), uid, in_channel: true, platform, role: roleNumber });
}

const kickSchema = z.object({
  appid: z.string(),
  cname: z.string().min(1).optional(),
  uid: z.int().min(1).max(4_294_967_295).optional(),
  ip: z.string().min(1).optional(),
  time: z.int().min(0).max(1_440).default(60),
  time_in_seconds: z.union([z.literal(0), z.int().min(10).max(86_430)]).optional(),
  privileges: z.array(z.enum(["join_channel", "publish_audio", "publish_video"])).min(1),
});

/** A ban of publishing is accepted and has no effect; nobody here has an ip. */
function kick({ world, rules }: Presence, account: SimulatorAccount, request: PresenceRequest): CallResult {
  const { contentType, bodyText } = request;
  if (contentType === undefined || !isJsonType(contentType)) return gatewayAnswer(415, "Unsupported Media Type");
  const read = readJson(bodyText);
  const body = kickSchema.safeParse(read.kind === "json" ? read.value : undefined);
  if (!body.success) return gatewayAnswer(400, `${body.error.issues[0]?.path.join(".") ?? ""} is invalid`);
  const { appid: appId, cname: channelName, uid, ip, time, time_in_seconds: seconds, privileges } = body.data;
  const refused = refuseApp(world, account, appId);
  if (refused !== undefined) return refused;
  if (channelName === undefined && uid === undefined && ip === undefined) {
    return gatewayAnswer(400, "cname, uid or ip is needed");
  }
  const lastsMs = seconds === undefined ? time * 60_000 : seconds * 1_000;
  const isVain = uid === undefined && lastsMs === 0 && world.settings.switches.kickWithoutUid === "removesNobody";
  const isEffective = privileges.includes("join_channel") && ip === undefined && !isVain;
  const id = isEffective ? rules.kick({ appId, channelName, uid, lastsMs }) : 0;
  return { status: 200, body: { status: "success", id }, applied: isEffective };
}

function isLive({ settings }: World): boolean {
  const { participantEvents, listedMode } = settings.switches;
  return participantEvents === "live" || listedMode === "alwaysLive";
}

function uidsOf(members: readonly Member[]): readonly number[] {
  return members.map(({ uid }) => uid);
}

function success(data: Readonly<Record<string, unknown>>): CallResult {
  return { status: 200, body: { success: true, data }, applied: false };
}
