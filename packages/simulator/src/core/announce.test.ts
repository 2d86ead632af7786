import { describe, expect, test } from "vitest";
import { createSimulatedAgora } from "../testing/simulated-agora.ts";

describe("announcements", () => {
  test("recorders are told under each pair of events, with clientType 10 or without", async () => {
    for (const [recorderEvents, join, leave, clientType] of [
      ["live", 103, 104, 10],
      ["audience", 105, 106, 10],
      ["communication", 107, 108, undefined],
      ["communicationTyped", 107, 108, 10],
    ] as const) {
      const agora = createSimulatedAgora({ switches: { recorderEvents } });
      agora.join(1);
      const recording = await agora.record(7);
      await agora.stop(recording);
      const told = agora.announcements.filter(({ uid }) => uid === 7);
      expect(told.map(({ eventType }) => eventType)).toEqual([join, leave]);
      expect(told.map((event) => event.clientType)).toEqual([clientType, clientType]);
    }
  });

  test.each([
    ["live", [103, 112, 106]],
    ["communication", [107, 112, 108]],
  ] as const)("participants are announced as in the profile %s", (participantEvents, expected) => {
    const agora = createSimulatedAgora({ switches: { participantEvents, channelEvents: false } });
    agora.join(1);
    agora.role(1, "audience");
    agora.leave(1);
    expect(agora.announcements.map(({ eventType }) => eventType)).toEqual(expected);
  });

  test("with clientSeqOrigin device a uid's events grow on one device, and may fall behind when it comes with another", () => {
    const joined: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const agora = createSimulatedAgora({ seed, switches: { clientSeqOrigin: "device" } });
      agora.join(1);
      agora.role(1, "audience");
      agora.leave(1);
      agora.scheduler.advance(1_000);
      agora.join(1);
      const [first = 0, second = 0, third = 0, again = 0] = agora.announcements
        .filter(({ uid }) => uid === 1)
        .map(({ clientSeq }) => clientSeq ?? 0);
      expect([second, third]).toEqual([first + 1, first + 2]);
      expect(Math.abs(again - agora.scheduler.nowMs())).toBeLessThanOrEqual(600_000);
      joined.push(again - third);
    }
    expect([joined.some((by) => by < 0), joined.some((by) => by > 0)]).toEqual([true, true]);
  });

  test("clientSeq grows per uid even within a millisecond", () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    agora.leave(1);
    agora.join(1);
    const sequence = agora.announcements.filter(({ uid }) => uid === 1).map(({ clientSeq }) => clientSeq ?? 0);
    expect(sequence).toEqual([sequence[0], (sequence[0] ?? 0) + 1, (sequence[0] ?? 0) + 2]);
  });

  test.each([
    [true, [101, 103, 103, 104, 104, 102]],
    [false, [103, 103, 104, 104]],
  ])(
    "101 comes before the first member and 102 after the last, recorders included: %s",
    async (channelEvents, types) => {
      const agora = createSimulatedAgora({ switches: { channelEvents } });
      agora.join(1);
      const recording = await agora.record(7);
      agora.leave(1);
      await agora.stop(recording);
      expect(agora.announcements.map(({ eventType }) => eventType)).toEqual(types);
    },
  );
});
