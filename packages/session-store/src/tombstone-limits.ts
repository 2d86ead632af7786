/** How long leaves are remembered, so that an old join cannot bring somebody back. */
export interface TombstoneLimits {
  readonly lifeMs: number;
  readonly countMax: number;
  /** Never forgotten younger than this, however many there are. */
  readonly lifeMsMin: number;
}

/** protocol.md §11. */
export const realTombstoneLimits: TombstoneLimits = { lifeMs: 86_400_000, countMax: 10_000, lifeMsMin: 900_000 };
