import type { ChannelHistory } from "./channel-history.ts";
import type { Violation } from "./judgement.ts";

/** I1: every moment at which a recorder and somebody else in the channel have the same uid. */
export function judgeUids(channel: ChannelHistory): readonly Violation[] {
  const people = new Set<number>();
  const recorders = new Map<number, Set<string>>();
  const clashes: Violation[] = [];
  const clash = (atMs: number, message: string): void => {
    clashes.push({ invariant: "I1", channelName: channel.channelName, atMs, message });
  };
  for (const line of channel.comings) {
    const { uid, atMs } = line;
    const sids = recorders.get(uid) ?? new Set<string>();
    switch (line.kind) {
      case "participant-joined":
        people.add(uid);
        for (const sid of sids) clash(atMs, `participant ${uid} joined while recorder ${sid} has that uid`);
        break;
      case "participant-left":
        // Reason 5: the uid moved to another device, it is still there.
        if (line.reason !== 5) people.delete(uid);
        break;
      case "recorder-joined":
        if (people.has(uid)) clash(atMs, `recorder ${line.sid} joined with uid ${uid} of a participant`);
        for (const sid of sids) clash(atMs, `recorder ${line.sid} joined with uid ${uid} of live recorder ${sid}`);
        recorders.set(uid, sids.add(line.sid));
        break;
      case "recorder-left":
        sids.delete(line.sid);
        break;
    }
  }
  return clashes;
}
