import { seededRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What may happen at a site, with the chance of each, 0 … 1 in all. */
export type Chances<Kind extends string> = Readonly<Partial<Record<Kind, number>>>;

/**
 * All chance of a world. What happens at a site depends on the seed, the site and how often it was passed, not on what happened
 * elsewhere: so one fault can be taken out of a run and most others stay what they were.
 */
export class Fate {
  readonly #seed: number;
  readonly #masked: ReadonlySet<string>;
  readonly #sites = new Map<string, Site>();
  readonly #struck: string[] = [];
  /** Faults happen only while this is true. */
  isStorm = false;

  constructor(seed: number, masked: ReadonlySet<string>) {
    this.#seed = seed;
    this.#masked = masked;
  }

  /** Every fault that has happened, by name, in order. */
  get struck(): readonly string[] {
    return this.#struck;
  }

  /** Chance for what is drawn up before the run, or belongs to one thing alone. */
  random(label: string): SeededRandom {
    return seededRandom(Math.imul(hash(label, this.#seed), 0x9e3779b1));
  }

  /** A place where something may go wrong, the same for the same name. */
  site(name: string): Site {
    const known = this.#sites.get(name);
    if (known !== undefined) return known;
    const site = new Site(name, hash(name, this.#seed), this);
    this.#sites.set(name, site);
    return site;
  }

  /** What happens at this passage of a site; undefined = nothing. */
  meet<Kind extends string>(name: string, chances: Chances<Kind>): Kind | undefined {
    return this.site(name).meet(chances);
  }

  /** Notes a fault that is about to happen; false when this run goes without it. */
  allows(fault: string): boolean {
    if (this.#masked.has(fault)) return false;
    this.#struck.push(fault);
    return true;
  }

  /** 0 ≤ x < 1; a length or a choice, not a fault. */
  amount(name: string): number {
    return this.site(name).amount();
  }

  between(name: string, min: number, max: number): number {
    return this.site(name).between(min, max);
  }
}

/** One place, and how often it was passed. */
export class Site {
  readonly name: string;
  readonly #hash: number;
  readonly #fate: Pick<Fate, "isStorm" | "allows">;
  #passed = 0;

  constructor(name: string, hashed: number, fate: Pick<Fate, "isStorm" | "allows">) {
    this.name = name;
    this.#hash = hashed;
    this.#fate = fate;
  }

  meet<Kind extends string>(chances: Chances<Kind>): Kind | undefined {
    this.#passed += 1;
    if (!this.#fate.isStorm) return undefined;
    let rest = unit(this.#hash, this.#passed);
    for (const kind in chances) {
      rest -= chances[kind] ?? 0;
      if (rest < 0) return this.#fate.allows(`${this.name}#${String(this.#passed)} ${kind}`) ? kind : undefined;
    }
    return undefined;
  }

  /** 0 ≤ x < 1. */
  amount(): number {
    this.#passed += 1;
    return unit(this.#hash, this.#passed + 0x5bd1e995);
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.amount() * (max - min + 1));
  }
}

const hashes = new Map<string, number>();

/** FNV-1a, 32 bit, of the text alone, remembered; then mixed with the seed. */
function hash(text: string, seed: number): number {
  let value = hashes.get(text);
  if (value === undefined) {
    value = 0x811c9dc5;
    for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
    hashes.set(text, value);
  }
  return mix(value ^ Math.imul(seed, 0x85ebca6b));
}

function unit(site: number, passed: number): number {
  return mix(site + Math.imul(passed, 0x9e3779b1)) / 4_294_967_296;
}

/** The finisher of MurmurHash 3. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
