import { describe, expect, it } from "vitest";
import type { PresenceSummary } from "./channel-record.ts";
import { after, attemptIn, factOf, look, queryInput, t0, tell, viewOf, wantOff } from "./channel-fixture.ts";
import type { Decision } from "./decision.ts";

/** protocol.md §9 and §11: Agora moves a recorder, and its new uid must be taken for nobody, nor anybody for it. */

const cover = queryInput("notFound", { sentAtMs: t0, answeredAtMs: t0 });

describe("a recorder that comes back may have a uid that nobody was told", () => {
  const suspected = attemptIn("CONF", { n404: 1, first404AtMs: t0 - 20_000, lastAliveAtMs: t0 - 60_000 });

  it("whoever came for the first time while it was out of sight may be it", () => {
    const decision = tell(viewOf({ attempts: [suspected], resp: 1 }), queryInput("alive"));
    expect(decision.marks).toEqual([
      { kind: "maybeRecorder", fromMs: t0 - 60_000, toMs: t0, joinsUntilMs: t0 + 60_000 },
    ]);
  });

  it("nobody is suspected when it answers without ever having been away, or when it never answers", () => {
    const well = attemptIn("CONF");
    expect(tell(viewOf({ attempts: [well], resp: 1 }), queryInput("alive")).marks).toEqual([]);
    expect(tell(viewOf({ attempts: [suspected], resp: 1 }), cover).marks).toEqual([]);
  });

  describe("whose new uid is known: nobody else is taken for it", () => {
    const cameAtMs = t0 - 5_000;
    const alive = queryInput("alive");
    const unmet = attemptIn("CONF", { unmetSinceMs: t0 - 60_000 });
    const maybe: PresenceSummary = { count: 1, hosts: 1, maybeRecorders: 2 };
    const newUid = factOf("newUid", { newUid: 123, atMs: cameAtMs });

    it("a recording client has come that is no attempt's", () => {
      const presence = { unknownRecorderAtMs: cameAtMs };
      expect(tell(viewOf({ attempts: [suspected], resp: 1, presence }), alive).marks).toEqual([]);
      const before = { unknownRecorderAtMs: t0 - 60_001 };
      expect(tell(viewOf({ attempts: [suspected], resp: 1, presence: before }), alive).marks).toHaveLength(1);
    });

    it("Agora has told it (event 12)", () => {
      const moved = look(viewOf({ attempts: [suspected], resp: 1, facts: [newUid] }));
      expect(tell(after(viewOf({ attempts: [suspected], resp: 1 }), moved), alive).marks).toEqual([]);
    });

    it("not by a recording client that may as well be another one that was out of sight", () => {
      const other = attemptIn("STOPPING", { n: 2, n404: 1, first404AtMs: t0 - 20_000 });
      const presence = { unknownRecorderAtMs: cameAtMs };
      const decision = tell(viewOf({ attempts: [suspected, other], resp: 1, presence }), alive);
      expect(decision.marks).toMatchObject([{ kind: "maybeRecorder" }]);
    });

    it.each([
      ["by a recording client that was told late", { presence: { ...maybe, unknownRecorderAtMs: cameAtMs } }],
      ["by an event 12 that was late", { presence: maybe, facts: [newUid] }],
    ])("%s: those who were are people again, and that is said once", (_how, told) => {
      expect(look(viewOf({ attempts: [unmet], resp: 1, presence: maybe })).marks).toEqual([]);
      const view = viewOf({ attempts: [unmet], resp: 1, ...told });
      const decision = look(view);
      expect(decision.marks).toEqual([{ kind: "identified" }]);
      expect(look(after(view, decision)).marks).toEqual([]);
    });

    it("nobody is a person again while another recorder may be meant", () => {
      const other = attemptIn("CONF", { n: 2, slot: "secondary", unmetSinceMs: t0 - 30_000 });
      expect(look(viewOf({ attempts: [unmet, other], resp: 1, facts: [newUid] })).marks).toEqual([]);
    });
  });

  it("also while it is being stopped: its uid would keep an empty channel occupied", () => {
    const reaped = attemptIn("STOPPING", { n404: 2, last404AtMs: t0 - 30_000, lastAliveAtMs: t0 - 200_000 });
    const decision = tell(viewOf({ attempts: [reaped] }), queryInput("alive"));
    expect(decision.marks).toEqual([
      { kind: "maybeRecorder", fromMs: t0 - 200_000, toMs: t0, joinsUntilMs: t0 + 60_000 },
    ]);
  });

  it("only maybe-recorders are left: the channel counts as empty after three times the grace", () => {
    const left = (forMs: number, maybeRecorders = 1): Decision =>
      look(viewOf({ presence: { count: 0, hosts: 0, emptySinceMs: t0 - forMs, graceReason: 1, maybeRecorders } }));
    expect(left(179_999).record.want).toMatchObject({ on: true, cause: "grace", graceUntilMs: t0 + 1 });
    expect(left(180_000).record.want).toMatchObject({ on: false, cause: "empty" });
  });

  it("more of them than recorders can be: one is a person, and the channel is not empty", () => {
    const presence = { count: 0, hosts: 0, emptySinceMs: t0 - 900_000, maybeRecorders: 2 };
    const decision = look(viewOf({ attempts: [attemptIn("CONF")], resp: 1, presence }));
    expect(decision.record.want.on).toBe(true);
    expect(look(viewOf({ want: wantOff, presence })).record.want.on).toBe(false);
  });
});
