import { z } from "zod";
import { AgoraTransport } from "../agora-transport.ts";
import { parseConfig } from "../api-config-error.ts";
import type { AgoraAccountOptions, ParsedAccountOptions } from "../client-options.ts";
import { parseAccountOptions } from "../client-options.ts";
import { channelNameSchema, integerFrom, uidSchema } from "../wire/scalars.ts";
import type {
  ChannelEvidence,
  ChannelFailure,
  ChannelListAnswer,
  ChannelUsersAnswer,
  KickAnswer,
  UserStatusAnswer,
} from "./channel-answers.ts";
import type { ReadChannelAnswer } from "./read-channel-answer.ts";
import { readChannelList, readChannelUsers, readKick, readUserStatus } from "./read-channel-answer.ts";
import { RequestPace } from "./request-pace.ts";

/** An account at Agora, and how to wait for a place among its requests. */
export interface ChannelClientOptions extends AgoraAccountOptions {
  /** Of each request. Default 20 s, as Agora advises; never under 5 s for kicks. @see E 4.1 */
  readonly timeoutMs?: number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Whom to keep out of which channel, and for how long. */
export interface KickOrder {
  readonly channelName: string;
  /** Without it everybody is kept out, the recorder included. */
  readonly uid: number;
  /** 0 throws the user out, who may come back at once; else 10 … 86430. */
  readonly seconds: number;
}

/**
 * Agora's channel management of one app: who is in which channel. Answers are not of this very moment and know no roles of
 * recorders. No method rejects for anything that Agora or the network does. A method rejects with `ApiConfigError` for a
 * request that can never work. At most 20 queries and 10 kicks a second leave this client, which is Agora's limit for a
 * whole account: who has several processes must share it out. @see E 4
 */
export interface ChannelClient {
  /** Page 0 is the first; at most 500 channels a page. */
  listChannels(page: { readonly number: number; readonly size?: number }): Promise<ChannelListAnswer>;
  listUsers(channelName: string): Promise<ChannelUsersAnswer>;
  /** Hosts alone; of channels in profile live broadcast. */
  listHosts(channelName: string): Promise<ChannelUsersAnswer>;
  userStatus(channelName: string, uid: number): Promise<UserStatusAnswer>;
  kick(order: KickOrder): Promise<KickAnswer>;
  /** Waits for the requests under way, at most their time limit, then closes all connections. */
  close(): Promise<void>;
}

/** @see E 4.1 */
const queriesPerSecond = 20;
const kicksPerSecond = 10;
/** Who has to wait longer than this is better told so. */
const paceWaitMsMax = 10_000;
const pageSizeMax = 500;

const timeoutSchema = integerFrom(5_000, 600_000).default(20_000);
const pageSchema = z.object({
  number: integerFrom(0, 1_000_000),
  size: integerFrom(1, pageSizeMax).default(pageSizeMax),
});
const channelSchema = z.object({ channelName: channelNameSchema });
const userSchema = z.object({ channelName: channelNameSchema, uid: uidSchema });
const kickSeconds = "0, or 10 to 86430";
const kickOrderSchema = userSchema.extend({
  seconds: z.int({ error: kickSeconds }).refine((seconds) => seconds === 0 || (seconds >= 10 && seconds <= 86_430), {
    error: kickSeconds,
  }),
});

/** A client of one app; throws `ApiConfigError` for options that can never work. */
export function createChannelClient(options: ChannelClientOptions): ChannelClient {
  const subject = "channel client";
  const timeoutMs = parseConfig(timeoutSchema, options.timeoutMs, { subject, field: "timeoutMs" });
  return new UndiciChannelClient(options, { ...parseAccountOptions(options, subject), timeoutMs });
}

class UndiciChannelClient implements ChannelClient {
  readonly #given: ChannelClientOptions;
  readonly #options: ParsedAccountOptions & { readonly timeoutMs: number };
  readonly #transport: AgoraTransport;
  readonly #queries = new RequestPace({ perSecond: queriesPerSecond, waitMsMax: paceWaitMsMax });
  readonly #kicks = new RequestPace({ perSecond: kicksPerSecond, waitMsMax: paceWaitMsMax });

  constructor(given: ChannelClientOptions, options: ParsedAccountOptions & { readonly timeoutMs: number }) {
    this.#given = given;
    this.#options = options;
    this.#transport = new AgoraTransport({
      ...options,
      limitMsMax: options.timeoutMs,
      monotonicMs: () => given.clock.monotonicMs(),
      newRequestId: given.newRequestId,
    });
  }

  async listChannels(page: { readonly number: number; readonly size?: number }): Promise<ChannelListAnswer> {
    const { number, size } = parseConfig(pageSchema, page, { subject: "channel list", field: "page" });
    const path = `/dev/v1/channel/${this.#given.appId}?page_no=${number}&page_size=${size}`;
    return this.#query(path, readChannelList);
  }

  async listUsers(channelName: string): Promise<ChannelUsersAnswer> {
    parseConfig(channelSchema, { channelName }, { subject: "user list" });
    return this.#query(this.#usersPath(channelName), readChannelUsers);
  }

  async listHosts(channelName: string): Promise<ChannelUsersAnswer> {
    parseConfig(channelSchema, { channelName }, { subject: "host list" });
    return this.#query(`${this.#usersPath(channelName)}/hosts_only`, readChannelUsers);
  }

  async userStatus(channelName: string, uid: number): Promise<UserStatusAnswer> {
    parseConfig(userSchema, { channelName, uid }, { subject: "user status" });
    const { appId } = this.#given;
    const path = `/dev/v1/channel/user/property/${appId}/${uid}/${encodeURIComponent(channelName)}`;
    return this.#query(path, readUserStatus);
  }

  async kick(order: KickOrder): Promise<KickAnswer> {
    const { channelName, uid, seconds } = parseConfig(kickOrderSchema, order, { subject: "kick" });
    const { appId } = this.#given;
    // Minutes are the older unit; 0 there is what throws a user out without a rule.
    const time = seconds === 0 ? { time: 0 } : { time_in_seconds: seconds };
    const body = { appid: appId, cname: channelName, uid, ...time, privileges: ["join_channel"] };
    return this.#send(
      { method: "POST", path: "/dev/v1/kicking-rule", body: JSON.stringify(body), pace: this.#kicks },
      readKick,
    );
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #usersPath(channelName: string): string {
    return `/dev/v1/channel/user/${this.#given.appId}/${encodeURIComponent(channelName)}`;
  }

  #query<Answer>(path: string, read: ReadChannelAnswer<Answer>): Promise<ChannelEvidence & (Answer | ChannelFailure)> {
    return this.#send({ method: "GET", path, body: undefined, pace: this.#queries }, read);
  }

  async #send<Answer>(
    request: {
      readonly method: "GET" | "POST";
      readonly path: string;
      readonly body: string | undefined;
      readonly pace: RequestPace;
    },
    read: ReadChannelAnswer<Answer>,
  ): Promise<ChannelEvidence & (Answer | ChannelFailure)> {
    const waitMs = request.pace.waitMs(this.#given.clock.monotonicMs());
    if (waitMs === undefined) {
      const message = "too many requests are waiting already; nothing was sent";
      return { outcome: "throttled", reason: "throttled", message, host: this.#options.hosts[0]?.baseUrl ?? "" };
    }
    if (waitMs > 0) await this.#given.sleep(waitMs);
    const sent = await this.#transport.send(
      { ...request, headers: { "content-type": "application/json" } },
      { route: { kind: "any" }, limitMs: this.#options.timeoutMs },
    );
    return read(sent, this.#options.secrets);
  }
}
