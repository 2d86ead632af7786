import { describe, expect, test } from "vitest";
import { day, ended, judge, recorded, recorder, room } from "./doctored-day.ts";

describe("I1: one uid, one member", () => {
  test("a recorder that takes a participant's uid is a clash", () => {
    const judgement = judge(ended(day().start(1_300, room, "sid-1", 11), "sid-1", 11));
    expect(judgement).toMatchObject({ uidClashes: 1 });
    expect(judgement.violations[0]?.message).toContain("uid 11 of a participant");
  });

  test("a participant that takes a live recorder's uid is a clash", () => {
    expect(judge(ended(recorded()).join(3_000, room, recorder)).uidClashes).toBe(1);
  });

  test("two live recorders with one uid are a clash", () => {
    const judgement = judge(
      ended(recorded()).start(3_000, room, "sid-2", recorder).stop(3_500, room, "sid-2", recorder),
    );
    expect(judgement.uidClashes).toBe(1);
  });

  test("the uid of a recorder that has gone may be used again", () => {
    expect(judge(ended(recorded()).join(30_000, room, recorder).leave(31_000, room, recorder)).uidClashes).toBe(0);
  });
});
