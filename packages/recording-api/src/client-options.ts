import { z } from "zod";
import type { CallName } from "./answer-facts.ts";
import { parseConfig } from "./api-config-error.ts";
import { checkAppCredentials } from "./app-credentials.ts";
import type { CallReport } from "./call-report.ts";
import { integerFrom, textOf } from "./wire/scalars.ts";

/** A clock that never goes back, in ms. */
export interface CallClock {
  monotonicMs(): number;
}

export interface RecordingClientOptions {
  /** `https://api.agora.io`, `https://api.sd-rtn.com`, or a simulator's http address. */
  readonly baseUrl: string;
  readonly appId: string;
  readonly customerId: string;
  readonly customerSecret: string;
  /** `autorec/<version> <instanceId>`. */
  readonly userAgent: string;
  /** Whole-call limits: waiting for a connection, connecting, sending and reading the answer to its end. */
  readonly timeouts: {
    readonly acquireMs: number;
    readonly startMs: number;
    readonly queryMs: number;
    readonly stopMs: number;
  };
  readonly clock: CallClock;
  /** Told of every finished call. */
  readonly onCall?: (call: CallReport) => void;
}

export interface ParsedClientOptions {
  readonly origin: string;
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly limitMs: Readonly<Record<CallName, number>>;
  readonly clock: CallClock;
  readonly onCall: ((call: CallReport) => void) | undefined;
}

const baseUrlExpectation = "https://api.agora.io, https://api.sd-rtn.com, or the http address of a simulator";
const headerTextExpectation = "printable ASCII text";
const headerText = textOf(headerTextExpectation).regex(/^[\x20-\x7e]+$/, { error: headerTextExpectation });
const limitSchema = integerFrom(1, 600_000);

const optionsSchema = z.object({
  baseUrl: z.string({ error: baseUrlExpectation }).refine(isUsableBaseUrl, { error: baseUrlExpectation }),
  customerId: textOf("the customer ID of Agora's console").regex(/^[^:\p{Cc}]+$/u, { error: "no colon in it" }),
  customerSecret: textOf("the customer secret of Agora's console"),
  userAgent: headerText,
  timeouts: z.object({ acquireMs: limitSchema, startMs: limitSchema, queryMs: limitSchema, stopMs: limitSchema }),
});

/** Options in the form that a client works with, or an `ApiConfigError`. */
export function parseClientOptions(options: RecordingClientOptions): ParsedClientOptions {
  checkAppCredentials({ appId: options.appId });
  const parsed = parseConfig(optionsSchema, options, { subject: "recording client" });
  const url = new URL(parsed.baseUrl);
  const credentials = Buffer.from(`${parsed.customerId}:${parsed.customerSecret}`).toString("base64");
  const { acquireMs, startMs, queryMs, stopMs } = parsed.timeouts;
  return {
    origin: url.origin,
    basePath: `${url.pathname.replace(/\/+$/, "")}/v1/apps/${options.appId}/cloud_recording`,
    headers: { authorization: `Basic ${credentials}`, accept: "application/json", "user-agent": parsed.userAgent },
    secrets: [parsed.customerSecret, credentials],
    limitMs: { acquire: acquireMs, start: startMs, query: queryMs, stop: stopMs },
    clock: options.clock,
    onCall: options.onCall,
  };
}

/** Plain http would show the customer secret to the network; Agora's own hosts refuse it anyway. @see R 1.7 */
function isUsableBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && !/(?:^|\.)(?:agora\.io|sd-rtn\.com)$/.test(url.hostname);
}
