import type { ListUsers } from "@autorec/engine";
import type { ChannelRef, SessionStore } from "@autorec/session-store";

type UserList = Awaited<NonNullable<ReturnType<ListUsers>>>;

/** Lists that one process asks for in a round: Agora counts all processes of an account together. */
const listsPerRoundMax = 20;

export interface CheckPresenceDeps {
  readonly store: Pick<SessionStore, "channelRefs" | "readChannel" | "people" | "confirmPresence" | "nowMs">;
  readonly shardCount: number;
  /** Undefined where asking is not allowed. */
  readonly listUsers: ListUsers;
  readonly observer: {
    confirmed(ref: ChannelRef, counts: { readonly trusted: number; readonly removed: number }): void;
    /** No list could be had: nothing is changed because of that. */
    unlisted(ref: ChannelRef, answer: UserList): void;
  };
}

interface Absence {
  readonly askedAtMs: number;
  readonly uids: ReadonlySet<number>;
}

/**
 * Asks Agora who is in the channels of which presence is not sure. One list brings a doubtful person back; two in a row that
 * do not name somebody remove them. A list that could not be had, or is not whole, does neither.
 */
export class PresenceCheck {
  readonly #deps: CheckPresenceDeps;
  readonly #absences = new Map<string, Absence>();

  constructor(deps: CheckPresenceDeps) {
    this.#deps = deps;
  }

  /** One look at every channel; the next comes after a while, so that two lists are two observations. */
  async round(): Promise<void> {
    const seen = new Set<string>();
    for (let shard = 0; shard < this.#deps.shardCount; shard += 1) {
      for (const ref of await this.#deps.store.channelRefs(shard)) {
        if (seen.size >= listsPerRoundMax) return;
        if (!(await this.#isUnsure(ref))) continue;
        const askedAtMs = await this.#deps.store.nowMs();
        const answer = await this.#deps.listUsers(ref);
        if (answer === undefined) continue;
        seen.add(keyOf(ref));
        await this.#check(ref, answer, askedAtMs);
      }
    }
    // Who has become certain meanwhile begins anew.
    for (const key of this.#absences.keys()) if (!seen.has(key)) this.#absences.delete(key);
  }

  async #isUnsure(ref: ChannelRef): Promise<boolean> {
    const presence = (await this.#readChannel(ref))?.view.presence;
    return presence !== undefined && (presence.doubtful !== undefined || presence.maybeRecorders !== undefined);
  }

  /** A record that this version cannot read is told where it is worked on. */
  async #readChannel(ref: ChannelRef) {
    try {
      return await this.#deps.store.readChannel(ref);
    } catch (err) {
      if (err instanceof Error && "code" in err && err.code === "REC_RECORD_SCHEMA") return undefined;
      throw err;
    }
  }

  async #check(ref: ChannelRef, answer: UserList, nowMs: number): Promise<void> {
    if (answer.outcome !== "ok" || !isWhole(answer)) {
      this.#deps.observer.unlisted(ref, answer);
      return;
    }
    const listed = new Set(answer.exists ? answer.uids : []);
    const people = await this.#deps.store.people(ref);
    const before = this.#absences.get(keyOf(ref));
    const absent = people.filter(({ uid }) => !listed.has(uid)).map(({ uid }) => uid);
    const there = people.filter(({ uid, kind }) => kind === "doubtful" && listed.has(uid)).map(({ uid }) => uid);
    const gone = absent.filter((uid) => before?.uids.has(uid) === true);
    this.#absences.set(keyOf(ref), { askedAtMs: nowMs, uids: new Set(absent) });
    if (there.length + gone.length === 0) return;
    const askedAtMs = gone.length > 0 && before !== undefined ? before.askedAtMs : nowMs;
    const result = await this.#deps.store.confirmPresence(ref, { askedAtMs, there, gone });
    this.#deps.observer.confirmed(ref, result);
  }
}

/** Of a great audience Agora names the first ten thousand. */
function isWhole(answer: Extract<UserList, { readonly outcome: "ok" }>): boolean {
  return !answer.exists || (answer.audienceCount ?? 0) <= (answer.audience?.length ?? 0);
}

function keyOf({ appId, channelName }: ChannelRef): string {
  return `${appId}/${channelName}`;
}
