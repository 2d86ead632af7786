import fc from "fast-check";
import { expect, test } from "vitest";
import { createAgenda } from "./agenda.ts";

test("what is planned comes in order of time, then of planning, without what was taken back", () => {
  const step = fc.record({ atMs: fc.nat(20), remove: fc.option(fc.nat(50), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const agenda = createAgenda();
      const ran: number[] = [];
      const entries = steps.map(({ atMs }, index) => agenda.add(atMs, () => ran.push(index)));
      const removed = new Set(steps.flatMap(({ remove }) => (remove === undefined ? [] : [remove])));
      for (const index of removed) {
        const entry = entries[index];
        if (entry === undefined) continue;
        agenda.remove(entry);
        agenda.remove(entry);
      }
      const expected = steps
        .map(({ atMs }, index) => ({ atMs, index }))
        .filter(({ index }) => !removed.has(index))
        .toSorted((a, b) => a.atMs - b.atMs || a.index - b.index)
        .map(({ index }) => index);
      expect(agenda.size()).toBe(expected.length);
      for (let task = agenda.takeDue(20); task !== undefined; task = agenda.takeDue(20)) task();
      expect(ran).toEqual(expected);
      expect(agenda.size()).toBe(0);
    }),
  );
});

test("100,000 plans that are taken back leave nothing behind", () => {
  const agenda = createAgenda();
  const entries = Array.from({ length: 100_000 }, (_, index) => agenda.add((index * 7_919) % 100_003, () => undefined));
  for (const entry of entries) agenda.remove(entry);
  expect(agenda.size()).toBe(0);
  expect(agenda.first()).toBeUndefined();
});
