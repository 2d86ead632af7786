import { expect, test } from "vitest";
import { memberOf, refOf, shardOfMember } from "./channel-ref.ts";
import { openKeySpace } from "./keys.ts";

test.each(["room", "a:b", "{x}", "with space", ""])(
  'a member names its channel and nothing else: "%s"',
  (channelName) => {
    const ref = { appId: "app1", channelName };
    expect(refOf(memberOf(ref))).toEqual(ref);
  },
);

test("an app id with a colon is refused, since it would name another channel", () => {
  expect(() => memberOf({ appId: "a:b", channelName: "c" })).toThrow(/a:b/);
});

// A version that computed another shard would not find the channels of the one before.
test("the shard of a channel never changes", () => {
  expect(["app1:room", "app1:a:b", "app1:ü"].map((member) => shardOfMember(member, 16))).toEqual([0, 14, 0]);
});

test("channels spread over the shards", () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 1_600; i++) {
    const shard = shardOfMember(`app1:class-${i}`, 16);
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect(counts.size).toBe(16);
  expect(Math.min(...counts.values())).toBeGreaterThan(60);
});

test("the first braces of a key are the shard's, whatever the channel is called", () => {
  const keys = openKeySpace("autorec", 16).channel({ appId: "app1", channelName: "{x}" });
  expect(keys.channel).toBe(`autorec:ch:{${keys.shard}}:app1:{x}`);
});

test.each([
  ["", 16],
  ["a{b}", 16],
  ["ok", 0],
  ["ok", 1.5],
])('prefix "%s" with %s shards is refused', (prefix, shardCount) => {
  expect(() => openKeySpace(prefix, shardCount)).toThrow(TypeError);
});
