import type { CallReason } from "@autorec/events";

/** What is true of every answer of the channel management API; never holds a secret. */
export interface ChannelEvidence {
  readonly reason: CallReason;
  readonly host: string;
  readonly httpStatus?: number;
  /** Agora's words, shortened to 300 characters. */
  readonly message?: string;
  readonly requestId?: string;
  readonly sentRequestId?: string;
}

/**
 * `refused`: this request can never work, or a person has to set something right first. `throttled`: too many requests,
 * by Agora's count or by our own, in which case nothing was sent. `unknown`: no answer, or one that cannot be read. None
 * of them says anything about a channel: never stop a recording because of one.
 */
export interface ChannelFailure {
  readonly outcome: "refused" | "throttled" | "unknown";
}

/** One channel of a list. */
export interface ChannelCount {
  readonly channelName: string;
  /** Presumably counts recorders too. @see E 4.3 */
  readonly userCount: number;
}

/** One page of the channels that have users. Between two pages a channel may be listed twice or not at all. */
export type ChannelListAnswer = ChannelEvidence &
  (
    { readonly outcome: "ok"; readonly channels: readonly ChannelCount[]; readonly totalCount: number } | ChannelFailure
  );

/** Who is in a channel, as bare uids: recorders and other bots among them, and not quite at this moment. */
export type ChannelUsers =
  | { readonly outcome: "ok"; readonly exists: false }
  | {
      readonly outcome: "ok";
      readonly exists: true;
      /** What Agora takes the channel's profile for, which need not be what it is. */
      readonly mode: "communication" | "live" | "unknown";
      /** Everybody that was named, each once, in ascending order. */
      readonly uids: readonly number[];
      /** Mode live. */
      readonly hosts?: readonly number[];
      /** Mode live; Agora names the first 10,000. */
      readonly audience?: readonly number[];
      /** May be more than `audience` names. */
      readonly audienceCount?: number;
    };

/** What came of asking who is in a channel. */
export type ChannelUsersAnswer = ChannelEvidence & (ChannelUsers | ChannelFailure);

/** Whether one user is in a channel. */
export type UserStatus =
  | { readonly outcome: "ok"; readonly inChannel: false }
  | {
      readonly outcome: "ok";
      readonly inChannel: true;
      /** Unix seconds. */
      readonly joinedAtS?: number;
      /** 6 is Linux, as recorders are. */
      readonly platform?: number;
      readonly role: "communication" | "host" | "audience" | "unknown";
    };

/** What came of asking about one user. */
export type UserStatusAnswer = ChannelEvidence & (UserStatus | ChannelFailure);

/** A rule that keeps users out. */
export type KickAnswer = ChannelEvidence & ({ readonly outcome: "ok"; readonly ruleId: number } | ChannelFailure);
