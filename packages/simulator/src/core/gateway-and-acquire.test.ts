import { describe, expect, test } from "vitest";
import { acquirePath, appId, basic, createSimulatedAgora, otherAppId } from "../testing/simulated-agora.ts";

const body = { cname: "room", uid: "7", clientRequest: {} };

describe("gateway (rules 1, 2, 26)", () => {
  test("a call without credentials, with wrong ones or for another account's app is refused 401", async () => {
    const agora = createSimulatedAgora();
    const without = await agora.call({ path: acquirePath(), body, authorization: undefined });
    expect(without).toMatchObject({ status: 401, body: { message: "Unauthorized" } });
    const invalid = { status: 401, body: { message: "Invalid authentication credentials" } };
    expect(await agora.call({ path: acquirePath(), body, authorization: basic("customer", "wrong") })).toMatchObject(
      invalid,
    );
    expect(await agora.call({ path: acquirePath(), body, authorization: "Bearer x" })).toMatchObject(invalid);
    expect(await agora.call({ path: acquirePath(otherAppId), body })).toMatchObject(invalid);
  });

  test("an App ID that no account has is refused 400", async () => {
    const agora = createSimulatedAgora();
    const answer = await agora.call({ path: acquirePath("0".repeat(32)), body });
    expect(answer).toMatchObject({ status: 400, body: { message: "appid is invalid" } });
  });

  test.each([
    ["GET", acquirePath()],
    ["POST", acquirePath().replace("acquire", "Acquire")],
    ["POST", `/v1/apps/${appId}/cloud_recording/resourceid/r/sid/s/mode/mix/query`],
    ["GET", "/"],
  ])("%s %s has no route", async (method, path) => {
    const answer = await createSimulatedAgora().call({ method, path });
    expect(answer).toMatchObject({ status: 404, body: { message: "no Route matched with those values" } });
  });

  test("more requests than the account's rate are answered 429 until time has passed", async () => {
    const agora = createSimulatedAgora({ limits: { requestsPerSecond: 2, burst: 2 } });
    const statuses = [await agora.acquire(1), await agora.acquire(2), await agora.acquire(3)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([200, 200, 429]);
    agora.scheduler.advance(500);
    expect((await agora.acquire(4)).status).toBe(200);
    expect((await agora.acquire(5)).body).toEqual({ message: "API rate limit exceeded" });
  });

  test("with the second rate rule more than a tenth of the workers per second is 400 without a code", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 10 }, switches: { secondRateRule: true } });
    expect((await agora.acquire(1)).status).toBe(200);
    const second = await agora.acquire(2);
    expect(second.status).toBe(400);
    expect(second.body).not.toHaveProperty("code");
  });

  test("every answer carries a request id of its own", async () => {
    const agora = createSimulatedAgora();
    const ids = new Set([(await agora.acquire(1)).requestId, (await agora.call({ path: "/" })).requestId]);
    expect(ids.size).toBe(2);
  });
});

describe("acquire (rules 3, 24)", () => {
  test("a resourceId is given out as often as it is asked for", async () => {
    const agora = createSimulatedAgora();
    const first = await agora.acquire(7);
    const second = await agora.acquire(7);
    expect(first.body).toMatchObject({ cname: "room", uid: "7" });
    expect(first.body["resourceId"]).toMatch(/^[\w-]{128}$/);
    expect(second.body["resourceId"]).not.toBe(first.body["resourceId"]);
  });

  test.each(["", "raum/1", "rümchen", "a".repeat(64), 'quote"'])(
    "the channel name %j is refused 400/401",
    async (cname) => {
      const answer = await createSimulatedAgora().call({ path: acquirePath(), body: { ...body, cname } });
      expect(answer).toMatchObject({ status: 400, body: { code: 401, reason: "invalid_channel_name" } });
    },
  );

  test("a name of 63 bytes with every listed character is accepted", async () => {
    const cname = "aZ09 !#$%&()+-:;<=.>?@[]^_{}|~,".padEnd(63, "x");
    expect((await createSimulatedAgora().call({ path: acquirePath(), body: { ...body, cname } })).status).toBe(200);
  });

  test.each(["0", "-1", "4294967296", "1.5", "seven", "", "007"])("the uid %j is refused 400/2", async (uid) => {
    const answer = await createSimulatedAgora().call({ path: acquirePath(), body: { ...body, uid } });
    expect(answer).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test.each([
    ["a number as uid", { ...body, uid: 7 }],
    ["no clientRequest", { cname: "room", uid: "7" }],
    ["resourceExpiredHour 0", { ...body, clientRequest: { resourceExpiredHour: 0 } }],
    ["resourceExpiredHour 721", { ...body, clientRequest: { resourceExpiredHour: 721 } }],
    ["broken JSON", "{"],
    ["nothing", ""],
  ])("%s is refused 400/2", async (_, wrong) => {
    const answer = await createSimulatedAgora().call({ path: acquirePath(), body: wrong });
    expect(answer).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test("when every worker is taken acquire is refused 400/406 until a recording ends", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 1 } });
    const recording = await agora.record(7);
    expect(await agora.acquire(8)).toMatchObject({ status: 400, body: { code: 406, reason: "vendor_over_load" } });
    await agora.stop(recording);
    expect((await agora.acquire(8)).status).toBe(200);
  });

  test("workers can be checked at start instead", async () => {
    const agora = createSimulatedAgora({ limits: { workersMax: 1 }, switches: { workersCheckedAt: "start" } });
    await agora.record(7);
    expect((await agora.record(8)).started).toMatchObject({ status: 400, body: { code: 406 } });
  });

  test("cname and uid are left out of the answer when the switch says so", async () => {
    const agora = createSimulatedAgora({ switches: { omitEchoedIds: true } });
    expect(Object.keys((await agora.acquire(7)).body)).toEqual(["resourceId"]);
  });
});
