import { randomBytes } from "node:crypto";

/** Chance as an object that is passed down. */
export interface Random {
  /** 128 bits, 32 hex characters: nobody else draws the same, nobody can guess it. */
  token(): string;
  /** 0 … 2³² − 1, each alike. */
  uint32(): number;
}

/** The machine's cryptographic source. */
export const systemRandom: Random = {
  token: () => randomBytes(16).toString("hex"),
  uint32: () => randomBytes(4).readUInt32BE(0),
};
