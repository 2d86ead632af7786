import fc from "fast-check";
import { expect, test } from "vitest";
import { indexAfter, mergeSpans, spanAt, subtractSpans, totalMs, type Span } from "./span.ts";

const spans = fc
  .array(fc.record({ startMs: fc.nat(60), ms: fc.nat(15) }), { maxLength: 12 })
  .map((list) => list.map(({ startMs, ms }): Span => ({ startMs, endMs: startMs + ms })));
const moments = Array.from({ length: 80 }, (_, atMs) => atMs);
const holds = (list: readonly Span[], atMs: number): boolean =>
  list.some((span) => span.startMs <= atMs && atMs < span.endMs);

test("the union holds exactly the moments of its parts, without touching spans (law)", () => {
  fc.assert(
    fc.property(spans, (list) => {
      const merged = mergeSpans(list);
      expect(moments.filter((atMs) => holds(merged, atMs))).toEqual(moments.filter((atMs) => holds(list, atMs)));
      expect(merged.every((span, i) => i === 0 || (merged[i - 1]?.endMs ?? 0) < span.startMs)).toBe(true);
    }),
  );
});

test("the difference holds exactly the moments of the first that are not in the second (law)", () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const rest = subtractSpans(mergeSpans(a), mergeSpans(b));
      const expected = moments.filter((atMs) => holds(a, atMs) && !holds(b, atMs));
      expect(moments.filter((atMs) => holds(rest, atMs))).toEqual(expected);
      expect(totalMs(rest)).toBe(expected.length);
    }),
  );
});

test("lookups agree with a walk over the list (law)", () => {
  fc.assert(
    fc.property(spans, fc.nat(80), (list, atMs) => {
      const merged = mergeSpans(list);
      expect(spanAt(merged, atMs)).toEqual(merged.find((span) => holds([span], atMs)));
      expect(indexAfter(merged, (span) => span.startMs, atMs)).toBe(
        merged.filter((span) => span.startMs <= atMs).length,
      );
    }),
  );
});
