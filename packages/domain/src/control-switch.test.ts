import { describe, expect, it } from "vitest";
import type { ControlScope, ControlSwitch } from "./control-switch.ts";
import { controlOf, scopeWord } from "./control-switch.ts";

const channel = { appId: "a1", channelName: "room", ruleName: "lessons" };
const thrown = (scope: ControlScope, change: Partial<ControlSwitch> = {}): ControlSwitch => ({
  schemaVersion: 1,
  revision: 1,
  scope,
  mode: "holdStarts",
  reason: "test",
  author: "alice",
  sinceMs: 0,
  ...change,
});
const own: readonly ControlScope[] = [
  { kind: "all" },
  { kind: "app", app: "prod", appId: "a1" },
  { kind: "rule", rule: "lessons" },
  { kind: "channel", app: "prod", appId: "a1", channelName: "room" },
];
const foreign: readonly ControlScope[] = [
  { kind: "app", app: "prod", appId: "a2" },
  { kind: "rule", rule: "others" },
  { kind: "channel", app: "prod", appId: "a1", channelName: "room2" },
  { kind: "channel", app: "prod", appId: "a2", channelName: "room" },
];

describe("a switch", () => {
  it.each(own.map((scope) => [scopeWord(scope), scope] as const))("%s concerns its own channel", (_word, scope) => {
    expect(controlOf([thrown(scope)], channel, 5)).toEqual({ control: "holdStarts", killSwitchRev: 1 });
  });

  it.each(foreign.map((scope) => [scopeWord(scope), scope] as const))(
    "%s concerns no other channel",
    (_word, scope) => {
      expect(controlOf([thrown(scope)], channel, 5)).toEqual({ control: "run" });
    },
  );

  it("yields to a stronger one of any scope, whose newest revision is named", () => {
    const [all, app, rule, one] = own.map((scope, i) => thrown(scope, { revision: i + 1 }));
    if (all === undefined || app === undefined || rule === undefined || one === undefined)
      throw new Error("four scopes");
    const switches: ControlSwitch[] = [
      all,
      { ...app, mode: "stopAll" },
      { ...rule, mode: "stopAll" },
      { ...one, mode: "handsOff" },
    ];
    expect(controlOf(switches, channel, 5)).toEqual({ control: "stopAll", killSwitchRev: 3 });
  });

  it("ends by itself at the moment that it names", () => {
    const limited = [thrown({ kind: "all" }, { untilMs: 10 })];
    expect(controlOf(limited, channel, 9).control).toBe("holdStarts");
    expect(controlOf(limited, channel, 10)).toEqual({ control: "run" });
  });
});
