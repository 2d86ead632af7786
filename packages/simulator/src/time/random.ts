/** Chance that repeats: the same seed gives the same sequence. */
export interface Random {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  /** Whole number, both ends included. */
  readonly between: (min: number, max: number) => number;
  readonly hex: (digits: number) => string;
  /** A sequence of its own, so that one use of chance does not shift another. */
  readonly fork: (label: string) => Random;
}

/** mulberry32: small, quick, good enough for choices in a simulation; not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    hex: (digits) => {
      let text = "";
      for (let count = 0; count < digits; count += 1) text += hexDigits.charAt(Math.floor(next() * 16));
      return text;
    },
    fork: (label) => createRandom(hash(label, seed)),
  };
}

const hexDigits = "0123456789abcdef";

/** FNV-1a, 32 bit. */
function hash(text: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
