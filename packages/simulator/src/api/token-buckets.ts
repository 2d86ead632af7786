/** Requests per second by key. */
export interface TokenBuckets {
  /** `waitMs`: when the next one would be let through. */
  readonly take: (
    key: string,
    limit: { readonly perSecond: number; readonly burst: number },
  ) => { readonly ok: true } | { readonly ok: false; readonly waitMs: number };
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets that begin full and fill up again with time. */
export function createTokenBuckets(nowMs: () => number): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take: (key, { perSecond, burst }) => {
      const now = nowMs();
      const bucket = buckets.get(key) ?? { tokens: burst, atMs: now };
      buckets.set(key, bucket);
      const refill = ((now - bucket.atMs) / 1_000) * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, refill));
      bucket.atMs = now;
      if (bucket.tokens < 1) return { ok: false, waitMs: ((1 - bucket.tokens) / perSecond) * 1_000 };
      bucket.tokens -= 1;
      return { ok: true };
    },
  };
}
