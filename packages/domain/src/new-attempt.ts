import type { Attempt } from "./channel-record.ts";

/** What one claim has of its own. */
type Given = Pick<
  Attempt,
  | "n"
  | "slot"
  | "session"
  | "k"
  | "uid"
  | "mode"
  | "ruleHash"
  | "maxIdleMs"
  | "coverAfterMs"
  | "claimedAtMs"
  | "tokenSalt"
  | "tokenLifeS"
>;

/** A claim of which nothing has happened yet: due now, its token issued now, and its uid the only one it was ever met under. */
export function newAttempt(given: Given): Attempt {
  return {
    ...given,
    st: "CLAIMED",
    startSends: 0,
    ambiguous: false,
    retryStep: { acquire: 0, start: 0, wait: 0, query: 0, stop: 0 },
    tokenIssuedAtS: Math.floor(given.claimedAtMs / 1_000),
    knownUids: [given.uid],
    controlErrorsAtMs: [],
    everStatus5: false,
    n404: 0,
    journaled: false,
    controlLost: false,
    rotating: false,
    dueAtMs: given.claimedAtMs,
    tries: 0,
  };
}
