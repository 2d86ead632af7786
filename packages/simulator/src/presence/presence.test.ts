import { describe, expect, test } from "vitest";
import type { Reply } from "../api/handle-request.ts";
import { channelOf } from "../core/world.ts";
import type { FaultOrderInput } from "../faults/fault-order.ts";
import { migrateRecorder } from "../core/migrate-recorder.ts";
import type { SimulatorSwitches } from "../settings/switches.ts";
import type { SettingsPatch } from "../testing/simulated-agora.ts";
import { appId, basic, createSimulatedAgora, customerSecret, otherAppId } from "../testing/simulated-agora.ts";
import type { PresenceService } from "./handle-presence-request.ts";
import { createPresenceService } from "./handle-presence-request.ts";
import { matchPresenceRoute } from "./presence-route.ts";

const listPath = `/dev/v1/channel/${appId}`;
const usersPath = `/dev/v1/channel/user/${appId}/room`;
const kickPath = "/dev/v1/kicking-rule";

interface Request {
  readonly method?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly authorization?: string | undefined;
  readonly contentType?: string | undefined;
}

/** The service with its channel management, on time that moves by `advance` alone. */
function bench(patch: SettingsPatch = {}) {
  const heard: { service?: PresenceService } = {};
  const agora = createSimulatedAgora({
    ...patch,
    onRecord: (line) => heard.service?.heard(line),
    onAnnounce: (announcement) => heard.service?.announced(announcement),
  });
  const service = createPresenceService(agora.world, agora.faults);
  heard.service = service;
  const begin = (path: string, request: Request = {}): Promise<Reply> => {
    const reply = service.handle({
      method: request.method ?? "GET",
      path,
      query: request.query ?? "",
      authorization: "authorization" in request ? request.authorization : basic("customer", customerSecret),
      userAgent: undefined,
      contentType: "contentType" in request ? request.contentType : "application/json",
      bodyText: request.body === undefined ? "" : JSON.stringify(request.body),
      isAbandoned: () => false,
    });
    if (reply === undefined) throw new Error(`no such path: ${path}`);
    return reply;
  };
  const call = async (path: string, request: Request = {}) => {
    const reply = begin(path, request);
    agora.scheduler.advance(0);
    const answer = await reply;
    if (answer.kind !== "answer") throw new Error(`no answer: ${answer.kind}`);
    const { status, body, headers } = answer;
    return { status, body, headers };
  };
  return {
    agora,
    begin,
    call,
    data: async (path: string, query = "") => {
      const { body } = await call(path, { query });
      return typeof body === "object" && body !== null && "data" in body ? body.data : body;
    },
    kick: (body: Readonly<Record<string, unknown>>) =>
      call(kickPath, { method: "POST", body: { appid: appId, privileges: ["join_channel"], ...body } }),
  };
}

const switchesOf = (switches: Partial<SimulatorSwitches>): SettingsPatch => ({ switches });

describe("paths", () => {
  test.each([
    ["GET", listPath, { call: "listChannels", appId }],
    ["GET", usersPath, { call: "listUsers", appId, channelName: "room", hostsOnly: false }],
    ["GET", `${usersPath}/hosts_only`, { call: "listUsers", appId, channelName: "room", hostsOnly: true }],
    [
      "GET",
      `/dev/v1/channel/user/${appId}/a%3Fb%23c%25d%20%2F`,
      { call: "listUsers", appId, channelName: "a?b#c%d /", hostsOnly: false },
    ],
    [
      "GET",
      `/dev/v1/channel/user/property/${appId}/7/room`,
      { call: "userStatus", appId, channelName: "room", uid: "7" },
    ],
    ["POST", kickPath, { call: "kick" }],
    ["GET", "/v1/ncs/ip", { call: "ncsIp", version: "v1" }],
    ["GET", "/v2/ncs/ip", { call: "ncsIp", version: "v2" }],
  ])("%s %s", (method, path, route) => {
    expect(matchPresenceRoute(method, path)).toEqual(route);
  });

  test.each([
    ["POST", listPath],
    ["GET", kickPath],
    ["GET", "/dev/v1/channel/"],
    ["GET", "/dev/v1/Channel/x"],
    ["GET", `/dev/v1/channel/users/${appId}/room`],
    ["GET", `${usersPath}/hosts`],
    ["GET", `${usersPath}/hosts_only/more`],
    ["GET", `/dev/v1/channel/user/${appId}/%E0%A4%A`],
    ["GET", "/v3/ncs/ip"],
  ])("%s %s is none", (method, path) => {
    expect(matchPresenceRoute(method, path)).toBeUndefined();
  });
});

describe("who may ask, and how often", () => {
  test.each([
    [undefined, 401, "Unauthorized"],
    [basic("customer", "wrong"), 401, "Invalid authentication credentials"],
    [basic("stranger", "strangers-secret"), 403, "no permission for this appid"],
  ])("credentials %#: %i %s", async (authorization, status, message) => {
    const { call } = bench();
    expect(await call(usersPath, { authorization })).toMatchObject({ status, body: { message } });
  });

  test("an App ID that nobody has is 400", async () => {
    const { call } = bench();
    expect(await call(`/dev/v1/channel/${"0".repeat(32)}`)).toMatchObject({ status: 400 });
  });

  test("20 queries of each kind a second, 10 of other calls, per account", async () => {
    const { agora, call, kick } = bench();
    const statuses = async (count: number, ask: () => Promise<{ readonly status: number }>) => {
      const all: number[] = [];
      for (let at = 0; at < count; at += 1) all.push((await ask()).status);
      return all.filter((status) => status === 429).length;
    };
    expect(await statuses(21, () => call(usersPath))).toBe(1);
    expect(await statuses(21, () => call(listPath))).toBe(1);
    expect(await statuses(11, () => kick({ cname: "room", uid: 1, time: 0 }))).toBe(1);
    expect(await statuses(11, () => call("/v2/ncs/ip"))).toBe(1);
    expect(await call(usersPath)).toMatchObject({
      status: 429,
      body: { message: "API rate limit exceeded" },
      headers: {},
    });
    const stranger = { authorization: basic("stranger", "strangers-secret") };
    expect((await call(`/dev/v1/channel/user/${otherAppId}/room`, stranger)).status).toBe(200);
    agora.scheduler.advance(50);
    expect((await call(usersPath)).status).toBe(200);
  });

  test("with retryAfterHeader a 429 says when", async () => {
    const { call } = bench({ ...switchesOf({ retryAfterHeader: true }), presence: { queriesPerSecond: 1 } });
    await call(usersPath);
    expect(await call(usersPath)).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
  });

  test("faults on other calls hit it", async () => {
    const { agora, begin, call } = bench();
    const arm = (order: FaultOrderInput) => agora.arm({ ...order, match: { call: "other", channelName: "room" } });
    arm({ fault: "answer", status: 503, body: { message: "no" } });
    expect(await call(usersPath)).toMatchObject({ status: 503, body: { message: "no" } });
    arm({ fault: "lose-request", how: "drop" });
    expect(await begin(usersPath)).toEqual({ kind: "drop" });
    arm({ fault: "delay", delayMs: 500 });
    const late = begin(usersPath);
    agora.scheduler.advance(0);
    agora.join(1);
    agora.scheduler.advance(500);
    expect(await late).toMatchObject({ status: 200, body: { data: { channel_exist: false } } });
  });

  test("calls are lines of the history that no judge reads", async () => {
    const { agora, call } = bench();
    await call(usersPath);
    expect(agora.lines.at(-1)).toMatchObject({
      kind: "presence-request",
      call: "listUsers",
      channelName: "room",
      status: 200,
    });
  });
});

describe("channels", () => {
  test("are listed page by page with the number of their users", async () => {
    const { agora, data } = bench();
    for (let at = 0; at < 5; at += 1) channelOf(agora.world, appId, `empty-${String(at)}`);
    agora.join(1);
    agora.join(2);
    await agora.record(7, { cname: "hall" });
    const room = { channel_name: "room", user_count: 2 };
    const hall = { channel_name: "hall", user_count: 1 };
    expect(await data(listPath)).toEqual({ channels: [room, hall], total_size: 2 });
    expect(await data(listPath, "page_no=1&page_size=1")).toEqual({ channels: [hall], total_size: 2 });
    expect(await data(listPath, "page_no=2&page_size=1")).toEqual({ channels: [], total_size: 2 });
  });

  test.each(["page_no=-1", "page_no=x", "page_size=0", "page_size=501", "page_size=1.5"])(
    "%s is 400",
    async (query) => {
      const { call } = bench();
      expect(await call(listPath, { query })).toMatchObject({
        status: 400,
        body: { message: `${query.split("=")[0] ?? ""} is invalid` },
      });
    },
  );
});

describe("users", () => {
  test("of a channel without anybody are none", async () => {
    const { agora, data } = bench();
    expect(await data(usersPath)).toEqual({ channel_exist: false });
    agora.join(1);
    agora.leave(1);
    expect(await data(usersPath)).toEqual({ channel_exist: false });
  });

  test("of a live channel are hosts and audience; hosts_only leaves the audience out", async () => {
    const { agora, data } = bench({ presence: { audienceMax: 1 } });
    agora.join(1);
    agora.join(2, "audience");
    agora.join(3, "audience");
    const hosts = { channel_exist: true, mode: 2, broadcasters: [1] };
    expect(await data(usersPath)).toEqual({ ...hosts, audience: [2], audience_total: 2 });
    expect(await data(`${usersPath}/hosts_only`)).toEqual(hosts);
  });

  test.each([
    ["byProfile", { channel_exist: true, mode: 1, total: 2, users: [1, 2] }],
    ["alwaysLive", { channel_exist: true, mode: 2, broadcasters: [1], audience: [2], audience_total: 1 }],
  ] as const)("of a communication channel, listedMode %s", async (listedMode, expected) => {
    const { agora, data } = bench(switchesOf({ participantEvents: "communication", listedMode }));
    agora.join(1);
    agora.join(2, "audience");
    expect(await data(usersPath)).toEqual(expected);
  });

  test.each([
    ["broadcaster", { broadcasters: [1, 7], audience: [] }, 2],
    ["audience", { broadcasters: [1], audience: [7] }, 2],
    ["hidden", { broadcasters: [1], audience: [] }, 1],
  ] as const)("a recorder is listed as %s", async (recorderListedAs, lists, count) => {
    const { agora, data } = bench(switchesOf({ recorderListedAs }));
    agora.join(1);
    await agora.record(7);
    expect(await data(usersPath)).toMatchObject(lists);
    expect(await data(listPath)).toMatchObject({ channels: [{ user_count: count }] });
  });

  test("a recorder of a page is in no channel", async () => {
    const { agora, data } = bench();
    await agora.record(7, { mode: "web" });
    expect(await data(usersPath)).toEqual({ channel_exist: false });
  });
});

describe("the status of a user", () => {
  const statusPath = (uid: string) => `/dev/v1/channel/user/property/${appId}/${uid}/room`;

  test("says since when, from where and as what", async () => {
    const { agora, data } = bench();
    agora.join(1);
    agora.join(2, "audience");
    await agora.record(7);
    const base = { join: 1_700_000_000, in_channel: true };
    expect(await data(statusPath("1"))).toEqual({ ...base, uid: 1, platform: 7, role: 2 });
    expect(await data(statusPath("2"))).toEqual({ ...base, uid: 2, platform: 7, role: 3 });
    expect(await data(statusPath("7"))).toEqual({ ...base, uid: 7, platform: 6, role: 2 });
    expect(await data(statusPath("3"))).toEqual({ in_channel: false });
  });

  test("in the communication profile has role 1", async () => {
    const { agora, data } = bench(switchesOf({ participantEvents: "communication" }));
    agora.join(1);
    expect(await data(statusPath("1"))).toMatchObject({ role: 1 });
  });

  test.each(["anna", "0", "-1", "1.5"])("of %s is 400", async (uid) => {
    expect(await bench().call(statusPath(uid))).toMatchObject({ status: 400, body: { message: "uid is invalid" } });
  });
});

describe("answers that are late by lagMs", () => {
  const presence = { lagMs: 1_000 };

  test("tell who was there then: joins, leaves, roles and recorders", async () => {
    const { agora, data } = bench({ presence, ...switchesOf({ recorderListedAs: "audience" }) });
    const { advance } = agora.scheduler;
    agora.join(1);
    advance(400);
    agora.role(1, "audience");
    agora.join(2);
    const recording = await agora.record(7);
    expect(await data(usersPath)).toEqual({ channel_exist: false });
    advance(600);
    expect(await data(usersPath)).toMatchObject({ broadcasters: [1], audience: [] });
    advance(400);
    expect(await data(usersPath)).toMatchObject({ broadcasters: [2], audience: [1, 7] });
    agora.leave(1);
    agora.leave(2);
    await agora.stop(recording);
    advance(999);
    expect(await data(usersPath)).toMatchObject({ broadcasters: [2], audience: [1, 7] });
    expect(await data(listPath)).toEqual({ channels: [{ channel_name: "room", user_count: 3 }], total_size: 1 });
    advance(1);
    expect(await data(usersPath)).toEqual({ channel_exist: false });
    expect(await data(listPath)).toEqual({ channels: [], total_size: 0 });
  });

  test("know a migrated recorder by its old uid for a while", async () => {
    const { agora, data } = bench({ presence });
    const { sid } = await agora.record(7);
    agora.scheduler.advance(1_000);
    const recording = agora.world.recordings.get(sid);
    if (recording === undefined) throw new Error("no recording");
    migrateRecorder(agora.world, recording, { windowMs: 500, silent: true });
    agora.scheduler.advance(900);
    expect(await data(usersPath)).toMatchObject({ broadcasters: [7] });
    agora.scheduler.advance(100);
    expect(await data(usersPath)).toEqual({ channel_exist: false });
    agora.scheduler.advance(500);
    expect(await data(usersPath)).toMatchObject({ broadcasters: [recording.uid] });
  });
});

describe("a kicking rule", () => {
  const present = ({ agora }: ReturnType<typeof bench>) => {
    const { participants, recorders } = channelOf(agora.world, appId, "room");
    return [...participants.keys(), ...[...recorders].map(({ uid }) => uid)];
  };

  test("throws a user out with reason 3 and keeps it out until it ends", async () => {
    const stage = bench();
    const { agora, kick } = stage;
    agora.join(1);
    agora.join(2);
    expect(await kick({ cname: "room", uid: 1, time_in_seconds: 10 })).toMatchObject({
      status: 200,
      body: { status: "success", id: 1 },
    });
    expect(present(stage)).toEqual([2]);
    expect(agora.announcements.at(-1)).toMatchObject({ kind: "leave", uid: 1, reason: 3 });
    agora.scheduler.advance(9_000);
    agora.join(1);
    agora.scheduler.advance(0);
    expect(present(stage)).toEqual([2]);
    agora.scheduler.advance(1_000);
    agora.join(1);
    agora.scheduler.advance(0);
    expect(present(stage)).toEqual([2, 1]);
  });

  test("makes a recorder leave: stop is 400/49, and a new one does not stay while the rule lasts", async () => {
    const stage = bench();
    const { agora, kick } = stage;
    agora.join(1);
    const recording = await agora.record(7);
    await kick({ cname: "room", uid: 7, time: 1 });
    expect(await agora.stop(recording)).toMatchObject({ status: 400, body: { code: 49 } });
    const again = await agora.record(7);
    agora.scheduler.advance(0);
    expect(await agora.stop(again)).toMatchObject({ status: 400, body: { code: 49 } });
    expect(present(stage)).toEqual([1]);
  });

  test("of no length lets come back, and counts 60 minutes when none is named", async () => {
    const stage = bench();
    const { agora, kick } = stage;
    agora.join(1);
    expect(await kick({ cname: "room", uid: 1, time: 0 })).toMatchObject({ body: { status: "success", id: 0 } });
    agora.join(1);
    agora.scheduler.advance(0);
    expect(present(stage)).toEqual([1]);
    await kick({ uid: 1 });
    agora.scheduler.advance(59 * 60_000);
    agora.join(1);
    agora.scheduler.advance(0);
    expect(present(stage)).toEqual([]);
    agora.scheduler.advance(60_000);
    agora.join(1);
    agora.scheduler.advance(0);
    expect(present(stage)).toEqual([1]);
  });

  test.each([
    ["removesAll", []],
    ["removesNobody", [1, 7]],
  ] as const)("of no length without a uid, kickWithoutUid %s", async (kickWithoutUid, left) => {
    const stage = bench(switchesOf({ kickWithoutUid }));
    stage.agora.join(1);
    await stage.agora.record(7);
    expect(await stage.kick({ cname: "room", time: 0 })).toMatchObject({ body: { status: "success", id: 0 } });
    expect(present(stage)).toEqual(left);
  });

  test("for an address or for publishing removes nobody", async () => {
    const stage = bench();
    stage.agora.join(1);
    await stage.kick({ ip: "192.0.2.1" });
    await stage.kick({ cname: "room", privileges: ["publish_audio"] });
    expect(present(stage)).toEqual([1]);
  });

  test.each([
    [{ appid: 7 }, "appid is invalid"],
    [{ cname: "" }, "cname is invalid"],
    [{ uid: "7" }, "uid is invalid"],
    [{ time: 1_441 }, "time is invalid"],
    [{ time_in_seconds: 9 }, "time_in_seconds is invalid"],
    [{ privileges: [] }, "privileges is invalid"],
    [{ privileges: ["fly"] }, "privileges.0 is invalid"],
    [{ appid: "0".repeat(32), uid: 1 }, "appid is invalid"],
    [{}, "cname, uid or ip is needed"],
  ])("%j is 400: %s", async (body, message) => {
    expect(await bench().kick(body)).toMatchObject({ status: 400, body: { message } });
  });

  test("of another content type is 415, of another account's app 403", async () => {
    const { call } = bench();
    for (const contentType of [undefined, "text/plain"]) {
      expect((await call(kickPath, { method: "POST", body: {}, contentType })).status).toBe(415);
    }
    const body = { appid: otherAppId, uid: 1, privileges: ["join_channel"] };
    expect((await call(kickPath, { method: "POST", body })).status).toBe(403);
  });
});

test.each([
  ["both", 200, 200],
  ["v1", 200, 404],
  ["v2", 404, 200],
] as const)("the senders' addresses, ncsIpVersion %s", async (ncsIpVersion, v1, v2) => {
  const { call } = bench({ ...switchesOf({ ncsIpVersion }), presence: { ncsHosts: ["192.0.2.1", "192.0.2.2"] } });
  const answers = [await call("/v1/ncs/ip"), await call("/v2/ncs/ip")];
  expect(answers.map(({ status }) => status)).toEqual([v1, v2]);
  expect(answers.find(({ status }) => status === 200)?.body).toEqual({
    data: { service: { hosts: [{ primaryIP: "192.0.2.1" }, { primaryIP: "192.0.2.2" }] } },
  });
});
