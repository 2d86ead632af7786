import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelClient, createChannelClient } from "@autorec/recording-api";
import { type Simulator, startSimulator } from "@autorec/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const appId = "0123456789abcdef0123456789abcdef";
const customerSecret = "planted-customer-secret";

let simulator: Simulator;
let client: ChannelClient;

function clientWith(options: { readonly customerSecret: string }): ChannelClient {
  return createChannelClient({
    baseUrl: simulator.baseUrl,
    appId,
    customerId: "customer",
    userAgent: "autorec/0.0.0 test",
    clock: { monotonicMs: () => performance.now() },
    sleep,
    ...options,
  });
}

beforeAll(async () => {
  simulator = await startSimulator({
    settings: { profile: "fast", accounts: [{ customerId: "customer", customerSecret, apps: [{ appId }] }] },
  });
  client = clientWith({ customerSecret });
});
afterAll(async () => {
  await client.close();
  await simulator.close();
});

describe("our client of channel management and the simulator agree", () => {
  test("on who is in a channel, whatever its name", async () => {
    const channelName = "a?b#c%d&e f:g";
    await simulator.client.join({ channelName, uid: 1 });
    await simulator.client.join({ channelName, uid: 2, role: "audience" });
    const users = { outcome: "ok", exists: true, mode: "live", uids: [1, 2], hosts: [1], audience: [2] };
    expect(await client.listUsers(channelName)).toMatchObject({ ...users, audienceCount: 1 });
    expect(await client.listHosts(channelName)).toMatchObject({ uids: [1], hosts: [1] });
    expect(await client.userStatus(channelName, 1)).toMatchObject({ inChannel: true, role: "host", platform: 7 });
    expect(await client.userStatus(channelName, 3)).toMatchObject({ outcome: "ok", inChannel: false });
    expect(await client.listUsers("nobody-is-here")).toMatchObject({ outcome: "ok", exists: false });
  });

  test("on the pages of channels", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `page-${String(at)}`);
    for (const channelName of names) await simulator.client.join({ channelName, uid: 1 });
    const pages = [
      await client.listChannels({ number: 0, size: 10 }),
      await client.listChannels({ number: 1, size: 10 }),
    ];
    const listed = pages.flatMap((page) => (page.outcome === "ok" ? page.channels : []));
    for (const channelName of names) expect(listed).toContainEqual({ channelName, userCount: 1 });
    expect(pages[0]).toMatchObject({ totalCount: listed.length });
  });

  test("on a kick", async () => {
    await simulator.client.join({ channelName: "kicked", uid: 7 });
    expect(await client.kick({ channelName: "kicked", uid: 7, seconds: 10 })).toMatchObject({
      outcome: "ok",
      ruleId: 1,
    });
    expect(await client.listUsers("kicked")).toMatchObject({ exists: false });
    await simulator.client.join({ channelName: "kicked", uid: 8 });
    expect(await client.kick({ channelName: "kicked", uid: 8, seconds: 0 })).toMatchObject({
      outcome: "ok",
      ruleId: 0,
    });
  });

  test("on the rate: nothing that this client sends is refused for it", async () => {
    const answers = await Promise.all(Array.from({ length: 45 }, () => client.listUsers("rate")));
    expect(answers.filter(({ outcome }) => outcome !== "ok")).toEqual([]);
  });

  test("on wrong credentials", async () => {
    const stranger = clientWith({ customerSecret: "wrong" });
    expect(await stranger.listUsers("room")).toMatchObject({
      outcome: "refused",
      reason: "unauthorized",
      httpStatus: 401,
    });
    await stranger.close();
  });
});
