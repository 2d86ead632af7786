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
  token: () => take(16).toString("hex"),
  uint32: () => take(4).readUInt32BE(0),
};

/** A call to the system costs as much for sixteen bytes as for so many; each byte is given out once. */
const poolBytes = 4_096;
let pool = Buffer.alloc(0);

function take(bytes: number): Buffer {
  if (pool.length < bytes) pool = randomBytes(poolBytes);
  const taken = pool.subarray(0, bytes);
  pool = pool.subarray(bytes);
  return taken;
}
