import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ended, judge, recorded, recorder, room } from "./doctored-day.ts";
import { epochMs, HistoryBuilder } from "./history-builder.ts";
import { judgeHistory } from "./judge-history.ts";

describe("presence as delivered", () => {
  test("a leave with reason 5 empties nothing", () => {
    const history = ended(recorded().leave(5_000, room, 11, { reason: 5 }));
    expect(judge(history)).toMatchObject({ sessions: 1, occupiedMs: 19_000, violations: [] });
  });

  test("occupancy begins with the acknowledgement of the first copy, not with the join", () => {
    const history = new HistoryBuilder()
      .join(1_000, room, 11, { ackedAtMs: epochMs + 9_000 })
      .note(60_000, "run-ended");
    expect(judge(ended(history.start(9_300, room, "sid-1", recorder)))).toMatchObject({
      violations: [],
      occupiedMs: 11_000,
    });
  });

  test("an event with an older clientSeq that is acknowledged later changes nothing", () => {
    const history = ended(recorded()).event(30_000, room, { eventType: 103, uid: 11, clientSeq: "1" });
    expect(judge(history)).toMatchObject({ occupiedMs: 19_000, violations: [] });
  });

  test("clientSeq is compared as a number of any length", () => {
    const history = ended(recorded()).event(30_000, room, {
      eventType: 103,
      uid: 11,
      clientSeq: "16250510307460000000",
    });
    expect(judge(history).violations).toMatchObject([{ invariant: "I3" }]);
  });

  test("a dropped leave leaves the channel occupied for everybody who reads events", () => {
    const history = recorded().leave(5_000, room, 11, { dropped: true }).join(12_000, room, 11);
    expect(judge(ended(history))).toMatchObject({
      sessions: 1,
      occupiedMs: 19_000,
      counts: { eventsDropped: 1 },
      violations: [],
    });
  });

  test("recorders, bots and reserved uids occupy nothing", () => {
    const history = ended(recorded());
    history.event(30_000, room, { eventType: 103, uid: 900, clientType: 28 });
    history.event(30_000, room, { eventType: 107, uid: 4_100_000_000 });
    history.event(30_000, room, { eventType: 107, uid: recorder });
    expect(judge(history)).toMatchObject({ occupiedMs: 19_000, violations: [] });
  });

  test("with channelType 1 the audience occupies nothing, a change of role counts", () => {
    const history = new HistoryBuilder({ channelType: 1 })
      .join(1_000, room, 11, { eventType: 105 })
      .note(60_000, "run-ended");
    expect(judge(history)).toMatchObject({ occupiedMs: 0, coverageRatio: 1, violations: [] });
    history.event(4_000, room, { eventType: 111, uid: 11 }).event(6_000, room, { eventType: 112, uid: 11 });
    expect(judge(history)).toMatchObject({ occupiedMs: 2_000 });
  });

  test("late copies and the order of acknowledgement of copies change nothing (law)", () => {
    const base = ended(recorded().join(3_000, room, 12).leave(9_000, room, 12, { reason: 2 })).build();
    const clean = judgeHistory(base);
    const events = base.filter((line) => line.kind === "event");
    const copies = fc.array(fc.record({ of: fc.nat(events.length - 1), delayMs: fc.nat(30_000) }), { maxLength: 20 });
    fc.assert(
      fc.property(copies, (delays) => {
        const late = delays.flatMap(({ of, delayMs }, i) => {
          const event = events[of];
          if (event?.ackedAtMs === undefined) return [];
          return [{ ...event, seq: base.length + i + 1, ackedAtMs: event.ackedAtMs + delayMs }];
        });
        const judged = judgeHistory([...base, ...late]);
        expect(judged.violations).toEqual(clean.violations);
        expect(judged.gaps).toEqual(clean.gaps);
      }),
    );
  });
});
