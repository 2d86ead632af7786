/** A stretch of time, ms since the epoch; `endMs` is the first moment that does not belong to it. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The union, sorted, without touching or empty spans. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const sorted = spans.filter((span) => span.endMs > span.startMs).sort((a, b) => a.startMs - b.startMs);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last === undefined || last.endMs < span.startMs) merged.push(span);
    else if (span.endMs > last.endMs) merged.splice(-1, 1, { startMs: last.startMs, endMs: span.endMs });
  }
  return merged;
}

/** What of `from` is in none of `holes`; both sorted and disjoint. Linear. */
export function subtractSpans(from: readonly Span[], holes: readonly Span[]): readonly Span[] {
  const rest: Span[] = [];
  let first = 0;
  for (const span of from) {
    let startMs = span.startMs;
    while (first < holes.length && (holes[first]?.endMs ?? 0) <= startMs) first += 1;
    for (let i = first; i < holes.length; i += 1) {
      const hole = holes[i];
      if (hole === undefined || hole.startMs >= span.endMs) break;
      if (hole.startMs > startMs) rest.push({ startMs, endMs: hole.startMs });
      startMs = Math.max(startMs, hole.endMs);
    }
    if (startMs < span.endMs) rest.push({ startMs, endMs: span.endMs });
  }
  return rest;
}

export function totalMs(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
}

/** Index of the first element whose key is > `limit`; `sorted` ascends by key. */
export function indexAfter<T>(sorted: readonly T[], keyOf: (element: T) => number, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && keyOf(element) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The elements whose key lies in `window`, both ends included; `sorted` ascends by key, a whole number. */
export function elementsWithin<T>(
  sorted: readonly T[],
  keyOf: (element: T) => number,
  window: { readonly fromMs: number; readonly untilMs: number },
): readonly T[] {
  return sorted.slice(indexAfter(sorted, keyOf, window.fromMs - 1), indexAfter(sorted, keyOf, window.untilMs));
}

/** The span that holds `atMs`, if any; `spans` sorted and disjoint. */
export function spanAt<T extends Span>(spans: readonly T[], atMs: number): T | undefined {
  const span = spans[indexAfter(spans, (each) => each.startMs, atMs) - 1];
  return span !== undefined && atMs < span.endMs ? span : undefined;
}
