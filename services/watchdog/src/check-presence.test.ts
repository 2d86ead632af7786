import type { ChannelView } from "@autorec/domain";
import type { StoredPerson } from "@autorec/session-store";
import { expect, test } from "vitest";
import { PresenceCheck } from "./check-presence.ts";
import type { CheckPresenceDeps } from "./check-presence.ts";

type Answer = Awaited<NonNullable<ReturnType<CheckPresenceDeps["listUsers"]>>>;
type List = Parameters<CheckPresenceDeps["store"]["confirmPresence"]>[1];

const evidence = { reason: "ok", host: "" } as const;
const ref = { appId: "app", channelName: "room" };
const listing = (...uids: readonly number[]): Answer => ({
  ...evidence,
  outcome: "ok",
  exists: true,
  mode: "communication",
  uids,
});
const nobody: Answer = { ...evidence, outcome: "ok", exists: false };
const failure: Answer = { ...evidence, outcome: "unknown" };

const slot = { resp: 0, nextK: 0, backoffStep: 0, nextClaimAtMs: 0 };
const view: ChannelView = {
  record: {
    ...{ schemaVersion: 1, ...ref, want: { on: false, cause: "doubtful" } },
    ...{ slots: { primary: slot, secondary: slot }, attempts: {}, sessions: {} },
  },
  presence: { count: 0, hosts: 0, doubtful: { count: 1, hosts: 1, sinceMs: 1 } },
  facts: [],
  reservedUids: new Map(),
};

/** One doubtful channel; each round meets the next answer, 30 s after the one before. */
async function checked(answers: readonly (Answer | undefined)[], people: readonly StoredPerson[]) {
  const confirmed: List[] = [];
  const unlisted: string[] = [];
  let nowMs = 1_000;
  let asked = 0;
  const check = new PresenceCheck({
    store: {
      channelRefs: async () => [ref],
      readChannel: async () => ({ view, rev: "1", nowMs }),
      people: async () => people,
      confirmPresence: async (_ref, list) => {
        confirmed.push(list);
        return { trusted: list.there.length, removed: list.gone.length, occupied: false, nowMs };
      },
      nowMs: async () => nowMs,
    },
    shardCount: 1,
    listUsers: () => {
      const answer = answers[asked];
      asked += 1;
      return answer === undefined ? undefined : Promise.resolve(answer);
    },
    observer: { confirmed: () => undefined, unlisted: (_ref, { outcome }) => unlisted.push(outcome) },
  });
  for (let i = 0; i < answers.length; i += 1) {
    await check.round();
    nowMs += 30_000;
  }
  return { confirmed, unlisted };
}

const doubtful: StoredPerson = { uid: 7, kind: "doubtful" };

test("one list that names a doubtful person is enough to trust them", async () => {
  const { confirmed } = await checked([listing(7, 4_000_000_002)], [doubtful]);
  expect(confirmed).toEqual([{ askedAtMs: 1_000, there: [7], gone: [] }]);
});

test("two lists in a row that do not name somebody remove them, who was heard of since the first is left alone", async () => {
  expect((await checked([nobody], [doubtful])).confirmed).toEqual([]);
  const { confirmed } = await checked([nobody, listing(8)], [doubtful]);
  expect(confirmed).toEqual([{ askedAtMs: 1_000, there: [], gone: [7] }]);
});

test("a failure changes nothing: neither does it remove anybody nor count as one of the two", async () => {
  const { confirmed, unlisted } = await checked([failure, nobody, failure], [doubtful]);
  expect(confirmed).toEqual([]);
  expect(unlisted).toEqual(["unknown", "unknown"]);
});

test("an audience that is not listed whole removes nobody", async () => {
  const part: Answer = {
    ...evidence,
    ...{ outcome: "ok", exists: true, mode: "live", uids: [8], hosts: [], audience: [8], audienceCount: 12_000 },
  };
  expect((await checked([part, part, part], [doubtful])).confirmed).toEqual([]);
});

test("a list says nothing in favour of a maybe-recorder, which it names too, but two may remove it", async () => {
  const maybe: StoredPerson = { uid: 9, kind: "maybeRecorder" };
  expect((await checked([listing(9), listing(9)], [maybe])).confirmed).toEqual([]);
  expect((await checked([nobody, nobody], [maybe])).confirmed).toMatchObject([{ gone: [9] }]);
});

test("an app that does not allow it is not asked", async () => {
  expect(await checked([undefined, undefined], [doubtful])).toEqual({ confirmed: [], unlisted: [] });
});
