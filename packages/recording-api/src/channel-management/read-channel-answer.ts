import type { CallReason } from "@autorec/events";
import type { z } from "zod";
import { hideSecrets } from "../hide-secrets.ts";
import type { Exchange } from "../http-exchange.ts";
import type { ChannelEvidence, ChannelFailure, ChannelUsers, UserStatus } from "./channel-answers.ts";
import {
  channelListSchema,
  channelUsersSchema,
  kickSchema,
  refusalSchema,
  userStatusSchema,
} from "./channel-bodies.ts";

/** What a successful body looks like and what it says. */
interface Reader<Body, Answer> {
  readonly schema: z.ZodType<Body>;
  readonly answer: (body: Body) => Answer;
}

/** What an ending of a request means, by where it was sent; total, and free of the secrets that are named. */
export type ReadChannelAnswer<Answer> = (
  sent: { readonly exchange: Exchange; readonly host: string; readonly sentRequestId?: string | undefined },
  secrets: readonly string[],
) => ChannelEvidence & (Answer | ChannelFailure);

/** Reads a page of channels. */
export const readChannelList = readerOf({
  schema: channelListSchema,
  answer: ({ data }) => ({
    outcome: "ok" as const,
    channels: data.channels.map((channel) => ({
      channelName: channel.channel_name,
      userCount: channel.user_count,
    })),
    totalCount: data.total_size,
  }),
});

/** Reads who is in a channel, hosts alone too. */
export const readChannelUsers = readerOf({ schema: channelUsersSchema, answer: usersOf });

/** Reads whether one user is in a channel. */
export const readUserStatus = readerOf({ schema: userStatusSchema, answer: statusOf });

/** Reads what came of a kick. */
export const readKick = readerOf({
  schema: kickSchema,
  answer: ({ id }) => ({ outcome: "ok" as const, ruleId: id }),
});

function readerOf<Body, Answer>(reader: Reader<Body, Answer>): ReadChannelAnswer<Answer> {
  return ({ exchange, host, sentRequestId }, secrets) => {
    const { httpStatus, requestId } = exchange;
    const evidence = {
      host,
      ...(httpStatus === undefined ? {} : { httpStatus }),
      ...(requestId === undefined ? {} : { requestId: hideSecrets(requestId, secrets) }),
      ...(sentRequestId === undefined ? {} : { sentRequestId }),
    };
    if (exchange.kind !== "answered") {
      const reason = exchange.kind === "timeout" ? "timeout" : "unreachable";
      return { ...evidence, outcome: "unknown", reason, message: exchange.detail };
    }
    const body = jsonOf(exchange.bodyText);
    const parsed = exchange.httpStatus === 200 ? reader.schema.safeParse(body) : undefined;
    if (parsed?.success === true) return { ...evidence, reason: "ok", ...reader.answer(parsed.data) };
    const words = refusalSchema.safeParse(body).data;
    const message = words?.message ?? words?.reason ?? "the body is not one that Agora documents";
    return { ...evidence, message: hideSecrets(message, secrets).slice(0, 300), ...failureOf(exchange.httpStatus) };
  };
}

/** @see E 4.1 */
function failureOf(httpStatus: number): { readonly outcome: ChannelFailure["outcome"]; readonly reason: CallReason } {
  if (httpStatus === 429) return { outcome: "throttled", reason: "throttled" };
  if (httpStatus === 401) return { outcome: "refused", reason: "unauthorized" };
  if (httpStatus >= 400 && httpStatus < 500) return { outcome: "refused", reason: "refused" };
  return { outcome: "unknown", reason: "server_error" };
}

/** Agora has called communication channels live ones: every list that is there counts. @see E 4.2 */
function usersOf({ data }: z.infer<typeof channelUsersSchema>): ChannelUsers {
  if (!data.channel_exist) return { outcome: "ok", exists: false };
  const { users = [], broadcasters: hosts, audience, audience_total: audienceCount } = data;
  const uids = new Set([...users, ...(hosts ?? []), ...(audience ?? [])]);
  return {
    outcome: "ok",
    exists: true,
    mode: data.mode === 1 ? "communication" : data.mode === 2 ? "live" : "unknown",
    uids: [...uids].sort((one, other) => one - other),
    ...(hosts === undefined ? {} : { hosts }),
    ...(audience === undefined ? {} : { audience }),
    ...(audienceCount === undefined ? {} : { audienceCount }),
  };
}

function statusOf({ data }: z.infer<typeof userStatusSchema>): UserStatus {
  if (!data.in_channel) return { outcome: "ok", inChannel: false };
  const { join: joinedAtS, platform } = data;
  return {
    outcome: "ok",
    inChannel: true,
    role: roles.find(([code]) => code === data.role)?.[1] ?? "unknown",
    ...(joinedAtS === undefined ? {} : { joinedAtS }),
    ...(platform === undefined ? {} : { platform }),
  };
}

const roles = [
  [1, "communication"],
  [2, "host"],
  [3, "audience"],
] as const;

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse has no other way to say no.
    return undefined;
  }
}
