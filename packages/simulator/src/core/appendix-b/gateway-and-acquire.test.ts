import { describe, expect, test } from "vitest";
import {
  acquirePath,
  appId,
  basic,
  createSimulatedAgora,
  customerSecret,
  otherAppId,
} from "../../testing/simulated-agora.ts";

const body = { cname: "room", uid: "7", clientRequest: {} };
const noRoute = { status: 404, body: { message: "no Route matched with those values" } };

describe("appendix B 1: gateway", () => {
  const invalid = { status: 401, body: { message: "Invalid authentication credentials" } };

  test.each([undefined, ""])(
    "appendix B 1: a call without credentials (%j) is 401 Unauthorized",
    async (authorization) => {
      const answer = await createSimulatedAgora().call({ path: acquirePath(), body, authorization });
      expect(answer).toMatchObject({ status: 401, body: { message: "Unauthorized" } });
    },
  );

  test.each([
    ["a wrong secret", basic("customer", "wrong")],
    ["a wrong id", basic("nobody", customerSecret)],
    ["another scheme", "Bearer x"],
    ["no scheme", Buffer.from(`customer:${customerSecret}`).toString("base64")],
    ["no Base64", `Basic customer:${customerSecret}`],
    ["no colon", `Basic ${Buffer.from("customer").toString("base64")}`],
  ])("appendix B 1: %s is 401 Invalid authentication credentials", async (_, authorization) => {
    expect(await createSimulatedAgora().call({ path: acquirePath(), body, authorization })).toMatchObject(invalid);
  });

  test("appendix B 1: credentials of another account than the App ID's are 401", async () => {
    expect(await createSimulatedAgora().call({ path: acquirePath(otherAppId), body })).toMatchObject(invalid);
  });

  test.each(["basic", "BASIC", " Basic"])("appendix B 1: the scheme may be written %j", async (scheme) => {
    const authorization = basic("customer", customerSecret).replace("Basic", scheme);
    expect((await createSimulatedAgora().call({ path: acquirePath(), body, authorization })).status).toBe(200);
  });

  test("appendix B 1: an App ID that no account has is 400 appid is invalid", async () => {
    const answer = await createSimulatedAgora().call({ path: acquirePath("0".repeat(32)), body });
    expect(answer).toMatchObject({ status: 400, body: { message: "appid is invalid" } });
  });

  test.each([
    ["GET", acquirePath()],
    ["PUT", acquirePath()],
    ["POST", acquirePath().replace("acquire", "Acquire")],
    ["POST", acquirePath().replace("cloud_recording", "Cloud_recording")],
    ["POST", `${acquirePath()}/`],
    ["POST", `/v1/apps/${appId}/cloud_recording/resourceid/r/sid/s/mode/mix/query`],
    ["POST", `/v1/apps/${appId}/cloud_recording/resourceid/r/sid/s/mode/mix/updatelayout`],
    ["GET", `/v1/apps/${appId}/cloud_recording/resourceid/r/sid/s/mode/mix/stop`],
    ["GET", "/"],
  ])("appendix B 1: %s %s has no route", async (method, path) => {
    expect(await createSimulatedAgora().call({ method, path })).toMatchObject(noRoute);
  });

  test.each([
    ["both", { cn: 200, eu: 200, ap: 200, us: 200, na: 200, sa: 404 }],
    ["us", { cn: 200, us: 200, na: 404 }],
    ["na", { cn: 200, us: 404, na: 200 }],
    ["none", { cn: 404, eu: 404, us: 404, na: 404 }],
  ] as const)("a path may begin with a region, regionSegment %s", async (regionSegment, expected) => {
    const agora = createSimulatedAgora({ switches: { regionSegment } });
    for (const [region, status] of Object.entries(expected)) {
      const answer = await agora.call({ path: `/${region}${acquirePath()}`, body });
      expect(answer.status, region).toBe(status);
    }
  });
});

describe("appendix B 1: regional hosts", () => {
  const regional = ["api-eu-west-1.agora.io", "API-us-east-1.sd-rtn.com:443"];
  test.each([
    ["served", regional, 200],
    ["noRoute", regional, 404],
    ["noRoute", ["api.agora.io", "api.sd-rtn.com:443", "127.0.0.1:8787", "api-eu-west-1.example.com"], 200],
    ["noRoute", [undefined], 200],
  ] as const)("appendix B 1: regionalHosts %s: a call to %j is %i", async (regionalHosts, hosts, status) => {
    const agora = createSimulatedAgora({ switches: { regionalHosts } });
    for (const host of hosts) expect((await agora.call({ path: acquirePath(), body, host })).status, host).toBe(status);
  });
});

describe("appendix B 2: request rate", () => {
  test("appendix B 2: more requests than the account's rate are 429 until time has passed", async () => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 2, burst: 2 } });
    const answers = [await agora.acquire(1), await agora.acquire(2), await agora.acquire(3)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    agora.scheduler.advance(500);
    expect((await agora.acquire(4)).status).toBe(200);
    const limited = await agora.acquire(5);
    expect(limited.body).toEqual({ message: "API rate limit exceeded" });
    expect(limited.headers).toEqual({});
  });

  test("appendix B 2: a burst is as long as the settings say", async () => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 1, burst: 5 } });
    const statuses: number[] = [];
    for (let uid = 1; uid <= 6; uid += 1) statuses.push((await agora.acquire(uid)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test("appendix B 2: with retryAfterHeader a 429 says in how many seconds", async () => {
    const agora = createSimulatedAgora({
      limits: { requestsPerSecond: 0.25, burst: 1 },
      switches: { retryAfterHeader: true },
    });
    await agora.acquire(1);
    expect(await agora.acquire(2)).toMatchObject({ status: 429, headers: { "retry-after": "4" } });
  });

  test.each([
    [false, []],
    [
      true,
      [
        "ratelimit-limit: 2",
        "ratelimit-remaining: 0",
        "ratelimit-reset: 1",
        "x-ratelimit-limit-second: 2",
        "x-ratelimit-remaining-second: 0",
      ],
    ],
  ])("appendix B 2: rateLimitHeaders %s: a 429 carries %j", async (rateLimitHeaders, expected) => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 2, burst: 1 }, switches: { rateLimitHeaders } });
    await agora.acquire(1);
    const { headers } = await agora.acquire(2);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    expect(lines.sort()).toEqual(expected);
  });

  test.each([
    ["account", 429],
    ["app", 401],
  ] as const)("the rate holds per %s: another App ID's call is then %i", async (rateLimitPer, status) => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 1 }, switches: { rateLimitPer } });
    await agora.acquire(1);
    expect((await agora.call({ path: acquirePath(otherAppId), body })).status).toBe(status);
  });

  test.each([
    [false, 200],
    [true, 400],
  ])("more than a tenth of the workers per second, secondRateRule %s: %i without a code", async (rule, status) => {
    const agora = createSimulatedAgora({ limits: { workersMax: 10 }, switches: { secondRateRule: rule } });
    expect((await agora.acquire(1)).status).toBe(200);
    const second = await agora.acquire(2);
    expect(second.status).toBe(status);
    expect(second.body).not.toHaveProperty("code");
  });

  test.each([
    ["message", { message: "request rate exceeds the limit of concurrent tasks" }],
    ["code", { code: 406, reason: "request rate exceeds the limit of concurrent tasks" }],
  ] as const)(
    "appendix B 2: the body of the second rate rule is as secondRateBody %s says",
    async (secondRateBody, said) => {
      const agora = createSimulatedAgora({
        limits: { workersMax: 10 },
        switches: { secondRateRule: true, secondRateBody },
      });
      await agora.acquire(1);
      expect((await agora.acquire(2)).body).toEqual(said);
    },
  );
});

describe("appendix B 26: request id", () => {
  test("appendix B 26: every answer carries a request id of its own, refused ones too", async () => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 2 } });
    const answers = [
      await agora.acquire(1),
      await agora.call({ path: "/" }),
      await agora.call({ path: acquirePath(), body, authorization: undefined }),
      await agora.acquire(0),
      await agora.acquire(1),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 401, 400, 429]);
    const ids = answers.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(answers.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("appendix B 3: acquire", () => {
  test("appendix B 3: a resourceId is given out as often as it is asked for", async () => {
    const agora = createSimulatedAgora();
    const first = await agora.acquire(7);
    const second = await agora.acquire(7);
    expect(first.body).toMatchObject({ cname: "room", uid: "7" });
    expect(first.body["resourceId"]).toMatch(/^[\w-]{128}$/);
    expect(second.body["resourceId"]).not.toBe(first.body["resourceId"]);
  });

  test.each(["", "raum/1", "rümchen", "a".repeat(65), 'quote"'])(
    "appendix B 3: the channel name %j is 400/401 invalid_channel_name",
    async (cname) => {
      const answer = await createSimulatedAgora().call({ path: acquirePath(), body: { ...body, cname } });
      expect(answer).toMatchObject({ status: 400, body: { code: 401, reason: "invalid_channel_name" } });
    },
  );

  test.each([
    [64, 64, 200],
    [64, 65, 400],
    [63, 63, 200],
    [63, 64, 400],
  ] as const)(
    "appendix B 3: where names have at most %i bytes, one of %i with every listed character is %i",
    async (channelNameBytesMax, bytes, status) => {
      const agora = createSimulatedAgora({ switches: { channelNameBytesMax } });
      const cname = "aZ09 !#$%&()+-:;<=.>?@[]^_{}|~,".padEnd(bytes, "x");
      expect((await agora.acquire(7, {}, cname)).status).toBe(status);
    },
  );

  test.each([
    [128, "ü".repeat(64), 200],
    [128, "a".repeat(129), 400],
    [128, "ü".repeat(65), 400],
    [1024, "a".repeat(1024), 200],
    [1024, "a".repeat(1025), 400],
    [128, "", 400],
  ] as const)("in scene 1 cname is a label of at most %i bytes", async (webChannelNameBytesMax, cname, status) => {
    const agora = createSimulatedAgora({ switches: { webChannelNameBytesMax } });
    expect((await agora.acquire(7, { scene: 1 }, cname)).status).toBe(status);
  });

  test.each(["0", "-1", "4294967296", "1.5", "seven", "", "007"])("appendix B 3: the uid %j is 400/2", async (uid) => {
    const answer = await createSimulatedAgora().call({ path: acquirePath(), body: { ...body, uid } });
    expect(answer).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test("appendix B 3: the greatest uid is 2^32 - 1", async () => {
    expect((await createSimulatedAgora().acquire(4_294_967_295)).status).toBe(200);
  });

  test.each([
    ["a number as uid", { ...body, uid: 7 }],
    ["no clientRequest", { cname: "room", uid: "7" }],
    ["resourceExpiredHour 0", { ...body, clientRequest: { resourceExpiredHour: 0 } }],
    ["resourceExpiredHour 721", { ...body, clientRequest: { resourceExpiredHour: 721 } }],
    ["resourceExpiredHour in quotes", { ...body, clientRequest: { resourceExpiredHour: "24" } }],
    ["scene 3", { ...body, clientRequest: { scene: 3 } }],
    ["region XX", { ...body, clientRequest: { region: "XX" } }],
    ["a list", []],
    ["null", null],
  ])("appendix B 3: %s is 400/2", async (_, wrong) => {
    const answer = await createSimulatedAgora().call({ path: acquirePath(), body: wrong });
    expect(answer).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test.each([
    ["unknown keys", { later: { thing: 1 }, token: "x" }],
    [
      "everything documented",
      { scene: 0, resourceExpiredHour: 720, region: "EU", regionAffinity: 3, excludeResourceIds: [] },
    ],
    ["a startParameter that start would refuse", { startParameter: { storageConfig: 7 } }],
  ])("acquire takes %s", async (_, clientRequest) => {
    expect((await createSimulatedAgora().acquire(7, clientRequest)).status).toBe(200);
  });

  test.each([
    ["accepted", 200],
    ["refused", 400],
  ] as const)("scene 2 of older documents is %s", async (sceneTwo, status) => {
    expect((await createSimulatedAgora({ switches: { sceneTwo } }).acquire(7, { scene: 2 })).status).toBe(status);
  });

  test.each([
    ["notEnabled", 400, "invalid_appid"],
    ["inactive", 405, "no_active_status"],
  ] as const)("an App ID whose service is %s is 400/%i", async (service, code, reason) => {
    expect(await createSimulatedAgora({ service }).acquire(7)).toMatchObject({ status: 400, body: { code, reason } });
  });

  test.each(["acquire", "both"] as const)(
    "appendix B 3: over the workers is 400/406 at %s",
    async (workersCheckedAt) => {
      const agora = createSimulatedAgora({ limits: { workersMax: 1 }, switches: { workersCheckedAt } });
      const recording = await agora.record(7);
      expect(await agora.acquire(8)).toMatchObject({ status: 400, body: { code: 406, reason: "vendor_over_load" } });
      await agora.stop(recording);
      expect((await agora.acquire(8)).status).toBe(200);
    },
  );

  test.each([
    [false, [200, 200, 200], [200, 400, 400]],
    [true, [200, 400, 400], [200]],
  ])(
    "appendix B 3: with one worker and acquireTakesWorker %s, three acquires are %j and their starts %j",
    async (acquireTakesWorker, acquired, started) => {
      const switches = { acquireTakesWorker, workersCheckedAt: "both" } as const;
      const agora = createSimulatedAgora({ limits: { workersMax: 1 }, switches });
      const answers = [await agora.acquire(1), await agora.acquire(2), await agora.acquire(3)];
      expect(answers.map(({ status }) => status)).toEqual(acquired);
      const statuses: number[] = [];
      for (const [index, { status, body }] of answers.entries()) {
        if (status === 200) statuses.push((await agora.start(String(body["resourceId"]), index + 1)).status);
      }
      expect(statuses).toEqual(started);
    },
  );

  test("appendix B 3: with acquireTakesWorker a resource gives its worker back when it is too old to be started", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 1 }, switches: { acquireTakesWorker: true } });
    const lifeMs = agora.world.settings.durations.resourceLifeMs;
    await agora.acquire(1);
    agora.scheduler.advance(lifeMs - 1);
    expect((await agora.acquire(2)).status).toBe(400);
    agora.scheduler.advance(1);
    expect((await agora.acquire(2)).status).toBe(200);
  });

  test("appendix B 3: with acquireTakesWorker a recording takes one worker, not two, and gives it back", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 2 }, switches: { acquireTakesWorker: true } });
    const recording = await agora.record(7);
    expect((await agora.acquire(8)).status).toBe(200);
    expect((await agora.acquire(9)).status).toBe(400);
    await agora.stop(recording);
    expect((await agora.acquire(9)).status).toBe(200);
  });

  test.each([
    ["acquire", 400, 200],
    ["start", 200, 400],
    ["both", 400, 400],
  ] as const)(
    "appendix B 3: once the worker is taken, workers checked at %s: acquire is %i, start %i",
    async (workersCheckedAt, acquireStatus, startStatus) => {
      const agora = createSimulatedAgora({ limits: { workersMax: 1 }, switches: { workersCheckedAt } });
      const before = await agora.acquire(8);
      await agora.record(7);
      const full = { body: { code: 406, reason: "vendor_over_load" } };
      const acquired = await agora.acquire(9);
      expect(acquired).toMatchObject({ status: acquireStatus, ...(acquireStatus === 400 ? full : {}) });
      const { body } = acquireStatus === 200 ? acquired : before;
      const uid = acquireStatus === 200 ? 9 : 8;
      const started = await agora.start(String(body["resourceId"]), uid);
      expect(started).toMatchObject({ status: startStatus, ...(startStatus === 400 ? full : {}) });
    },
  );
});
