import { describe, expect, test } from "vitest";
import { ApiConfigError } from "../api-config-error.ts";
import { testAppId, testSecrets } from "../testing/test-client.ts";
import type { ReceivedRequest } from "../testing/test-server.ts";
import { closedPortUrl, serveHttp } from "../testing/test-server.ts";
import type { ChannelClient, ChannelClientOptions } from "./channel-client.ts";
import { createChannelClient } from "./channel-client.ts";

function clientOf(options: Partial<ChannelClientOptions> & { readonly baseUrl: string }): ChannelClient {
  return createChannelClient({
    appId: testAppId,
    customerId: "customer",
    customerSecret: testSecrets.customerSecret,
    userAgent: "autorec/0.0.0 test",
    clock: { monotonicMs: () => 0 },
    sleep: () => Promise.resolve(),
    ...options,
  });
}

/** Makes `call` against a server that answers so, and returns what came of it and what was received. */
async function ask<Answer>(
  [httpStatus, body]: readonly [number, unknown],
  call: (client: ChannelClient) => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly received: readonly ReceivedRequest[] }> {
  await using server = await serveHttp((_request, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(httpStatus, { "x-request-id": "agora-1" }).end(text);
  });
  const client = clientOf({ baseUrl: server.baseUrl });
  const answer = await call(client);
  await client.close();
  return { answer, received: server.received };
}

const data = (fields: unknown): readonly [number, unknown] => [200, { success: true, data: fields }];

describe("channels are listed", () => {
  test("page by page, 500 at a time", async () => {
    const page = data({ channels: [{ channel_name: "lkj144", user_count: 3 }], total_size: 501 });
    const { answer, received } = await ask(page, (client) => client.listChannels({ number: 1 }));
    expect(received[0]?.path).toBe(`/dev/v1/channel/${testAppId}?page_no=1&page_size=500`);
    expect(received[0]?.method).toBe("GET");
    expect(received[0]?.headers.authorization).toMatch(/^Basic /);
    expect(answer).toMatchObject({
      outcome: "ok",
      reason: "ok",
      requestId: "agora-1",
      channels: [{ channelName: "lkj144", userCount: 3 }],
      totalCount: 501,
    });
  });

  test("and a page that Agora would refuse is not asked for", async () => {
    const client = clientOf({ baseUrl: "https://api.agora.io" });
    await expect(client.listChannels({ number: 0, size: 501 })).rejects.toThrow(
      "channel list: page.size is 501, expected an integer from 1 to 500",
    );
    await expect(client.listChannels({ number: -1 })).rejects.toBeInstanceOf(ApiConfigError);
    await client.close();
  });
});

describe("users are listed", () => {
  test("of a communication channel", async () => {
    const body = data({ channel_exist: true, mode: 1, total: 2, users: [9, 7] });
    const { answer, received } = await ask(body, (client) => client.listUsers("class-101"));
    expect(received[0]?.path).toBe(`/dev/v1/channel/user/${testAppId}/class-101`);
    expect(answer).toMatchObject({ outcome: "ok", exists: true, mode: "communication", uids: [7, 9] });
  });

  test("of a live channel, hosts and audience apart", async () => {
    const body = data({ channel_exist: true, mode: 2, broadcasters: [7], audience: [9, 8], audience_total: 12_000 });
    const { answer } = await ask(body, (client) => client.listUsers("class-101"));
    expect(answer).toMatchObject({
      mode: "live",
      uids: [7, 8, 9],
      hosts: [7],
      audience: [9, 8],
      audienceCount: 12_000,
    });
  });

  test("from whichever lists there are, each uid once, since Agora has named the wrong mode", async () => {
    const body = data({ channel_exist: true, mode: 2, users: [5, 7], broadcasters: [7] });
    const { answer } = await ask(body, (client) => client.listUsers("class-101"));
    expect(answer).toMatchObject({ uids: [5, 7] });
    const none = await ask(data({ channel_exist: true, mode: 3 }), (client) => client.listUsers("class-101"));
    expect(none.answer).toMatchObject({ exists: true, mode: "unknown", uids: [] });
  });

  test("not of a channel that nobody is in", async () => {
    const { answer } = await ask(data({ channel_exist: false }), (client) => client.listUsers("class-101"));
    expect(answer).toMatchObject({ outcome: "ok", exists: false });
    expect(answer).not.toHaveProperty("uids");
  });

  test("of hosts alone, with every character of the name escaped", async () => {
    const body = data({ channel_exist: true, mode: 2, broadcasters: [7] });
    const { answer, received } = await ask(body, (client) => client.listHosts("a?b#c%d&e f:g"));
    expect(received[0]?.path).toBe(`/dev/v1/channel/user/${testAppId}/a%3Fb%23c%25d%26e%20f%3Ag/hosts_only`);
    expect(answer).toMatchObject({ hosts: [7], uids: [7] });
  });

  test("of no channel with a name that cannot be one", async () => {
    const client = clientOf({ baseUrl: "https://api.agora.io" });
    await expect(client.listUsers("a/b")).rejects.toThrow('user list: channelName is "a/b"');
    await client.close();
  });
});

describe("the status of a user", () => {
  test("says since when and as what somebody is in the channel", async () => {
    const body = data({ join: 1_640_330_382, uid: 2_845_863_044, in_channel: true, platform: 6, role: 2 });
    const { answer, received } = await ask(body, (client) => client.userStatus("class 101", 2_845_863_044));
    expect(received[0]?.path).toBe(`/dev/v1/channel/user/property/${testAppId}/2845863044/class%20101`);
    expect(answer).toMatchObject({ inChannel: true, role: "host", platform: 6, joinedAtS: 1_640_330_382 });
  });

  test("knows no role that Agora has not documented", async () => {
    const { answer } = await ask(data({ in_channel: true, role: 0 }), (client) => client.userStatus("c", 7));
    expect(answer).toMatchObject({ inChannel: true, role: "unknown" });
  });

  test("of somebody who is not there has no other field", async () => {
    const { answer } = await ask(data({ in_channel: false }), (client) => client.userStatus("c", 7));
    expect(answer).toMatchObject({ outcome: "ok", inChannel: false });
    await expect(ask(data({}), (client) => client.userStatus("c", 0))).rejects.toThrow("user status: uid is 0");
  });
});

describe("a kick", () => {
  test("names app, channel and user, and takes joining away for so many seconds", async () => {
    const order = { channelName: "class-101", uid: 7, seconds: 60 };
    const { answer, received } = await ask([200, { status: "success", id: 1_953 }], (client) => client.kick(order));
    expect(received[0]?.path).toBe("/dev/v1/kicking-rule");
    const body = { appid: testAppId, cname: "class-101", uid: 7, privileges: ["join_channel"] };
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({ ...body, time_in_seconds: 60 });
    expect(answer).toMatchObject({ outcome: "ok", ruleId: 1_953 });
    const once = await ask([200, { status: "success", id: 0 }], (client) => client.kick({ ...order, seconds: 0 }));
    expect(JSON.parse(once.received[0]?.body ?? "")).toEqual({ ...body, time: 0 });
  });

  test("for a time that Agora does not have is not sent", async () => {
    const client = clientOf({ baseUrl: "https://api.agora.io" });
    for (const seconds of [9, 86_431, 10.5]) {
      await expect(client.kick({ channelName: "c", uid: 7, seconds })).rejects.toThrow("expected 0, or 10 to 86430");
    }
    await client.close();
  });
});

describe("an answer that is none says nothing about a channel", () => {
  test.each([
    [400, { message: "invalid appid" }, "refused", "refused"],
    [401, { message: "Unauthorized" }, "refused", "unauthorized"],
    [403, {}, "refused", "refused"],
    [404, { message: "no Route matched with those values" }, "refused", "refused"],
    [415, "", "refused", "refused"],
    [429, { message: "API rate limit exceeded" }, "throttled", "throttled"],
    [500, "<html>", "unknown", "server_error"],
    [302, "", "unknown", "server_error"],
    [200, "", "unknown", "server_error"],
    [200, { success: false }, "unknown", "server_error"],
    [200, { success: true, data: { channel_exist: "no" } }, "unknown", "server_error"],
    [200, { success: true, data: { channel_exist: true, users: ["x"] } }, "unknown", "server_error"],
    [200, "[".repeat(100_000), "unknown", "server_error"],
  ])("%i %j → %s", async (httpStatus, body, outcome, reason) => {
    const { answer } = await ask([httpStatus, body], (client) => client.listUsers("c"));
    expect(answer).toMatchObject({ outcome, reason, httpStatus, requestId: "agora-1" });
    expect(answer).not.toHaveProperty("exists");
  });

  test("nobody answers", async () => {
    const client = clientOf({ baseUrl: await closedPortUrl() });
    expect(await client.listUsers("c")).toMatchObject({ outcome: "unknown", reason: "unreachable" });
    await client.close();
  });

  test("and no secret comes back in its words", async () => {
    const echo = { message: `wrong: ${testSecrets.customerSecret}` };
    const { answer } = await ask([400, echo], (client) => client.listUsers("c"));
    expect(answer.message).toBe("wrong: [hidden]");
  });
});

describe("a client", () => {
  test("keeps to 20 queries a second, and refuses those that would have to wait too long", async () => {
    await using server = await serveHttp((_request, response) =>
      response.end(JSON.stringify(data({ in_channel: false })[1])),
    );
    const waitsMs: number[] = [];
    const sleep = (ms: number): Promise<void> => Promise.resolve(void waitsMs.push(ms));
    const client = clientOf({ baseUrl: server.baseUrl, sleep });
    const answers = await Promise.all(Array.from({ length: 230 }, () => client.userStatus("c", 7)));
    await client.close();
    expect(server.received).toHaveLength(220);
    expect(waitsMs.filter((ms) => ms === 1_000)).toHaveLength(20);
    expect(Math.max(...waitsMs)).toBe(10_000);
    expect(answers.filter(({ outcome }) => outcome === "throttled")).toHaveLength(10);
  });

  test("goes to the second host when the first one fails twice", async () => {
    await using well = await serveHttp((_request, response) =>
      response.end(JSON.stringify(data({ in_channel: false })[1])),
    );
    const client = clientOf({ baseUrl: await closedPortUrl(), hosts: { second: well.baseUrl } });
    const outcomes: string[] = [];
    for (let calls = 0; calls < 3; calls += 1) outcomes.push((await client.userStatus("c", 7)).outcome);
    expect(outcomes).toEqual(["unknown", "unknown", "ok"]);
    await client.close();
  });

  test("is not made with a limit that Agora advises against", () => {
    expect(() => clientOf({ baseUrl: "https://api.agora.io", timeoutMs: 4_999 })).toThrow(
      "channel client: timeoutMs is 4999, expected an integer from 5000 to 600000",
    );
    expect(() => clientOf({ baseUrl: "api.agora.io" })).toThrow("channel client: baseUrl");
  });
});
