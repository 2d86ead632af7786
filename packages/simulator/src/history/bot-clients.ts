/** Kinds of clients that are machines. @see E 2.3 */
const botClientTypes: ReadonlySet<number> = new Set([3, 10, 28, 30, 43, 47, 48, 50, 60, 68]);

/** True of a client that never keeps a channel occupied; one that does not say what it is counts as a person's. */
export function isBotClient(clientType: number | undefined): boolean {
  return clientType !== undefined && botClientTypes.has(clientType);
}
