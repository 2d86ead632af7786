/** Names a channel everywhere. */
export interface ChannelRef {
  readonly appId: string;
  readonly channelName: string;
}

/** The channel's name inside its shard: member of the schedule, end of its keys. */
export function memberOf(ref: ChannelRef): string {
  if (ref.appId === "" || ref.appId.includes(":")) {
    throw new TypeError(`appId "${ref.appId}" must not be empty or hold ":", which ends it inside Redis keys`);
  }
  return `${ref.appId}:${ref.channelName}`;
}

/** The inverse of `memberOf`; a channel name may hold ":", an app id may not. */
export function refOf(member: string): ChannelRef {
  const end = member.indexOf(":");
  return { appId: member.slice(0, end), channelName: member.slice(end + 1) };
}

/** The same shard in every process and version: FNV-1a, 32 bit, over the member in UTF-8. */
export function shardOfMember(member: string, shardCount: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(member)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shardCount;
}
