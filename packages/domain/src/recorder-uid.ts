import type { SlotName } from "@autorec/events";

/** First uid of the range that is reserved for recorders; every uid in it is a bot, whoever owns it. */
export const recorderUidMin = 4_000_000_000;
/** Size of the range: 4 000 000 000 … 4 294 967 293, even, so that parity separates the slots for ever. */
export const recorderUidCount = 294_967_294;

export interface RecorderUidSeed {
  readonly deploymentId: string;
  readonly appId: string;
  readonly channelName: string;
}

/** The k-th recorder uid of a slot: the same in every process, other slots have the other parity. */
export function recorderUid(seed: RecorderUidSeed, slot: SlotName, k: number): number {
  const even = channelHash(seed) & ~1n;
  const offset = even + 2n * BigInt(k) + (slot === "secondary" ? 1n : 0n);
  return recorderUidMin + Number(offset % BigInt(recorderUidCount));
}

/** Whether a uid lies in the reserved range (a person seen there is an alarm, not a participant). */
export function isReservedUid(uid: number): boolean {
  return uid >= recorderUidMin && uid < recorderUidMin + recorderUidCount;
}

/** FNV-1a, 64 bit, over deploymentId, NUL, appId, NUL, channelName in UTF-8. */
function channelHash(seed: RecorderUidSeed): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of utf8(`${seed.deploymentId}\u0000${seed.appId}\u0000${seed.channelName}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
