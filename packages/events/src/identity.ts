/** uids that recorders may have: `min` … `min + count - 1`. */
export interface ReservedUidRange {
  readonly min: number;
  readonly count: number;
}

/** 4 000 000 000 … 4 294 967 293; the count is even, so that parity separates the slots for ever. */
export const reservedUidRange: ReservedUidRange = { min: 4_000_000_000, count: 294_967_294 };

/**
 * Whether a uid belongs to recorders, whichever deployment they are of: such a uid is never a participant,
 * else two deployments on one App ID would keep each other's recorders alive for ever.
 */
export function isReservedUid(uid: number, range: ReservedUidRange = reservedUidRange): boolean {
  return uid >= range.min && uid < range.min + range.count;
}

/** Agora's clientType of a Cloud Recording client. */
export const recorderClientType = 10;

/** On-premise recording and Cloud Recording: the two that Agora documents as recorders. */
const botClientTypes: ReadonlySet<number> = new Set([3, recorderClientType]);

/**
 * Whether a kind of client is a recorder and so keeps no channel occupied. Other machines (media push, transcribers,
 * AI agents) count as participants: with one of them in the channel there may be something to capture.
 */
export function isBotClientType(
  clientType: number | undefined,
  botTypes: ReadonlySet<number> = botClientTypes,
): boolean {
  return clientType !== undefined && botTypes.has(clientType);
}
