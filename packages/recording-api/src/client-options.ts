import { z } from "zod";
import type { CallName } from "./answer-facts.ts";
import { parseConfig } from "./api-config-error.ts";
import { checkAppCredentials } from "./app-credentials.ts";
import type { CallReport } from "./call-report.ts";
import type { HostRole } from "./host-book.ts";
import { integerFrom, oneOf, textOf } from "./wire/scalars.ts";

/** A clock that never goes back, in ms. */
export interface CallClock {
  monotonicMs(): number;
}

/** When a host is left alone, and for how long. */
export interface CircuitOptions {
  /** So many failures in a row open it. Default 10. */
  readonly failuresMax: number;
  /** Before the first, second, … probe; the last one repeats. Default 1, 3, 6 s. @see R 1.3 */
  readonly pausesMs: readonly number[];
}

/** Hosts beside the base URL. @see R 1.2–1.4 */
export interface HostOptions {
  /** Agora's other domain, as base URL. */
  readonly second?: string;
  /** Base URLs of regional hosts that serve Cloud Recording, the best first. */
  readonly regional?: readonly string[];
  /** Put before `/v1` of every path: the region of your bucket, if you asked Agora for acceleration. @see R 1.4 */
  readonly regionSegment?: "cn" | "eu" | "ap" | "us";
  readonly circuit?: Partial<CircuitOptions>;
}

/** What is needed to speak to Agora at all. */
export interface AgoraAccountOptions {
  /** `https://api.agora.io`, `https://api.sd-rtn.com`, or a simulator's http address. */
  readonly baseUrl: string;
  readonly hosts?: HostOptions;
  readonly appId: string;
  readonly customerId: string;
  readonly customerSecret: string;
  /** `autorec/<version> <instanceId>`. */
  readonly userAgent: string;
  readonly clock: CallClock;
  /** Sent as `X-Request-Id`, so that a request which was never answered can be found at Agora; best a UUID. */
  readonly newRequestId?: () => string;
}

/** An account at Agora, the limits of its calls, and who is told of them. */
export interface RecordingClientOptions extends AgoraAccountOptions {
  /** Whole-call limits: waiting for a connection, connecting, sending and reading the answer to its end. */
  readonly timeouts: {
    readonly acquireMs: number;
    readonly startMs: number;
    readonly queryMs: number;
    /** Of update and updateLayout, waiting for earlier ones of the recording included. Default 10 s. */
    readonly updateMs?: number;
    readonly stopMs: number;
    /** Of a stop that waits for its uploads: more than the 20 s that Agora takes. Default 30 s. @see R 6 */
    readonly synchronousStopMs?: number;
  };
  /** Told of every finished call. */
  readonly onCall?: (call: CallReport) => void;
}

/** A base URL in the parts that a request needs. */
export interface AgoraHost {
  readonly baseUrl: string;
  readonly role: HostRole;
  readonly origin: string;
  /** Up to `/v1`. */
  readonly path: string;
}

/** Checked options of any client, in the form it works with. */
export interface ParsedAccountOptions {
  readonly hosts: readonly AgoraHost[];
  readonly circuit: CircuitOptions;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** Checked options of a recording client. */
export interface ParsedClientOptions extends ParsedAccountOptions {
  readonly limitMs: Readonly<Record<CallName | "synchronousStop", number>>;
}

const baseUrlExpectation = "https://api.agora.io, https://api.sd-rtn.com, or the http address of a simulator";
const headerTextExpectation = "printable ASCII text";
const headerText = textOf(headerTextExpectation).regex(/^[\x20-\x7e]+$/, { error: headerTextExpectation });
const limitSchema = integerFrom(1, 600_000);
const baseUrlSchema = z
  .string({ error: baseUrlExpectation })
  .refine(isUsableBaseUrl, { error: baseUrlExpectation })
  .transform(normalised);

const accountSchema = z.object({
  baseUrl: baseUrlSchema,
  hosts: z
    .object({
      second: baseUrlSchema.optional(),
      regional: z.array(baseUrlSchema).default([]),
      regionSegment: oneOf(["cn", "eu", "ap", "us"]).optional(),
      circuit: z
        .object({
          failuresMax: integerFrom(1, 1_000).default(10),
          pausesMs: z
            .array(integerFrom(1, 600_000))
            .min(1, { error: "at least one pause" })
            .default([1_000, 3_000, 6_000]),
        })
        .prefault({}),
    })
    .prefault({}),
  customerId: textOf("the customer ID of Agora's console").regex(/^[^:\p{Cc}]+$/u, { error: "no colon in it" }),
  customerSecret: textOf("the customer secret of Agora's console"),
  userAgent: headerText,
});

const timeoutsSchema = z.object({
  timeouts: z.object({
    acquireMs: limitSchema,
    startMs: limitSchema,
    queryMs: limitSchema,
    updateMs: limitSchema.default(10_000),
    stopMs: limitSchema,
    synchronousStopMs: integerFrom(20_001, 600_000).default(30_000),
  }),
});

/** Options in the form that any client works with, or an `ApiConfigError`. */
export function parseAccountOptions(options: AgoraAccountOptions, subject: string): ParsedAccountOptions {
  checkAppCredentials({ appId: options.appId });
  const { hosts, ...parsed } = parseConfig(accountSchema, options, { subject });
  const credentials = Buffer.from(`${parsed.customerId}:${parsed.customerSecret}`).toString("base64");
  const segment = hosts.regionSegment === undefined ? "" : `/${hosts.regionSegment}`;
  return {
    hosts: withoutRepetition([
      hostOf(parsed.baseUrl, { role: "primary", segment }),
      ...(hosts.second === undefined ? [] : [hostOf(hosts.second, { role: "second", segment })]),
      ...hosts.regional.map((url) => hostOf(url, { role: "regional", segment })),
    ]),
    circuit: hosts.circuit,
    headers: { authorization: `Basic ${credentials}`, accept: "application/json", "user-agent": parsed.userAgent },
    secrets: [parsed.customerSecret, credentials],
  };
}

/** Options in the form that a recording client works with, or an `ApiConfigError`. */
export function parseClientOptions(options: RecordingClientOptions): ParsedClientOptions {
  const account = parseAccountOptions(options, "recording client");
  const { timeouts } = parseConfig(timeoutsSchema, options, { subject: "recording client" });
  return {
    ...account,
    limitMs: {
      acquire: timeouts.acquireMs,
      start: timeouts.startMs,
      query: timeouts.queryMs,
      update: timeouts.updateMs,
      updateLayout: timeouts.updateMs,
      stop: timeouts.stopMs,
      synchronousStop: timeouts.synchronousStopMs,
    },
  };
}

function hostOf(baseUrl: string, of: { readonly role: HostRole; readonly segment: string }): AgoraHost {
  const { origin, pathname } = new URL(baseUrl);
  return { baseUrl, role: of.role, origin, path: `${pathname.replace(/\/+$/, "")}${of.segment}` };
}

function withoutRepetition(hosts: readonly AgoraHost[]): readonly AgoraHost[] {
  return hosts.filter(({ baseUrl }, index) => hosts.findIndex((other) => other.baseUrl === baseUrl) === index);
}

/** One spelling for each address, so that a stored one is found again. */
function normalised(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** Plain http would show the customer secret to the network; Agora's own hosts refuse it anyway. @see R 1.7 */
function isUsableBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && !/(?:^|\.)(?:agora\.io|sd-rtn\.com)\.?$/.test(url.hostname);
}
