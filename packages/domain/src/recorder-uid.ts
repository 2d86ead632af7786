import { reservedUidRange } from "@autorec/events";
import type { SlotName } from "@autorec/events";

/** What the uids of a channel's recorders are derived from; unique per App ID, or two deployments would share them. */
export interface RecorderUidSeed {
  readonly deploymentId: string;
  readonly appId: string;
  readonly channelName: string;
}

/** The k-th recorder uid of a slot: the same in every process, other slots have the other parity. */
export function recorderUid(seed: RecorderUidSeed, slot: SlotName, k: number): number {
  const even = channelHash(seed) & ~1n;
  const offset = even + 2n * BigInt(k) + (slot === "secondary" ? 1n : 0n);
  return reservedUidRange.min + Number(offset % BigInt(reservedUidRange.count));
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
