import { z } from "zod";
import type { FaultOrder, FaultOrderInput } from "./fault-order.ts";
import { faultKindNames, faultOrderSchema, faultScope } from "./fault-order.ts";

/** In the order in which they are shown. */
export const presetNames = [
  "206-65",
  "500-62",
  "500-502",
  "500-500",
  "500-501",
  "500-504",
  "500-15",
  "504-62",
  "429",
  "401",
  "400-406",
  "workers-shrink",
  "404-window",
  "gateway-page",
  "drop-before",
  "drop-after",
  "hang-before",
  "hang-after",
  "late-effect",
  "slow-request",
  "slow-answer",
  "wrong-token",
  "expired-token",
  "bad-transcoding",
  "storage-failure",
  "upload-failure",
  "backup-upload",
  "silent-recorder",
  "kill",
  "kill-silently",
  "migration",
  "uid-clash",
] as const;
export type PresetName = (typeof presetNames)[number];

const controlCalls = ["query", "update", "updateLayout", "stop"] as const;
const serviceCalls = ["start", ...controlCalls] as const;
const startOnly = { call: "start" } as const;
const acquireOnly = { call: "acquire" } as const;

interface Preset {
  /** What it does, for people. */
  readonly does: string;
  readonly order: FaultOrderInput;
}

/**
 * The faults that people ask for, by name. Whoever orders one may say more: each field of the order beside `preset`
 * takes the place of the one here.
 */
export const faultPresets: Readonly<Record<PresetName, Preset>> = {
  "206-65": {
    does: "The call takes effect, the answer is 206/65 `request not completed`; `applied: false`: without effect.",
    order: answer(
      206,
      { code: 65, reason: "request not completed" },
      { match: { call: [...serviceCalls] }, applied: true },
    ),
  },
  "500-62": {
    does: "start is answered 500/62 `request timeout` without effect; `applied: true`: it records all the same.",
    order: answer(500, { code: 62, reason: "request timeout" }, { match: startOnly }),
  },
  "500-502": {
    does: "start is answered 500/502 `Failed to allocate worker`.",
    order: answer(500, { code: 502, reason: "Failed to allocate worker" }, { match: startOnly }),
  },
  "500-500": {
    does: "acquire is answered 500/500 `internal_error`.",
    order: answer(500, { code: 500, reason: "internal_error" }, { match: acquireOnly }),
  },
  "500-501": {
    does: "acquire is answered 500/501 `no_worker_manager_available`.",
    order: answer(500, { code: 501, reason: "no_worker_manager_available" }, { match: acquireOnly }),
  },
  "500-504": {
    does: "acquire is answered 500/504 `allocate_timeout`.",
    order: answer(500, { code: 504, reason: "allocate_timeout" }, { match: acquireOnly }),
  },
  "500-15": {
    does: 'start is answered 500/15 with `sid` "" and without effect: seen once, documented nowhere.',
    order: answer(500, { code: 15, reason: "", sid: "" }, { match: startOnly }),
  },
  "504-62": {
    does: "query, update, updateLayout or stop is answered 504/62 `request timeout` without effect.",
    order: answer(504, { code: 62, reason: "request timeout" }, { match: { call: [...controlCalls] } }),
  },
  "429": {
    does: "A burst: the next 10 calls are answered 429 `API rate limit exceeded`.",
    order: answer(429, { message: "API rate limit exceeded" }, { count: 10 }),
  },
  "401": {
    does: "The keys no longer work: 401 to every call, until the fault ends.",
    order: answer(401, { message: "Invalid authentication credentials" }, { count: "unlimited" }),
  },
  "400-406": {
    does: "acquire is answered 400/406 `vendor_over_load`, until the fault ends.",
    order: answer(400, { code: 406, reason: "vendor_over_load" }, { match: acquireOnly, count: "unlimited" }),
  },
  "workers-shrink": {
    does: "The quota shrinks to `match.recordingsMin` (1): with so many recordings acquire is answered 400/406, until the fault ends.",
    order: answer(
      400,
      { code: 406, reason: "vendor_over_load" },
      { match: { ...acquireOnly, recordingsMin: 1 }, count: "unlimited" },
    ),
  },
  "404-window": {
    does: "query, update, updateLayout and stop are answered 404/404 for 90 s, and the recording goes on under its uid.",
    order: answer(
      404,
      { code: 404, reason: "failed to find worker" },
      { match: { call: [...controlCalls] }, count: "unlimited", lastsMs: 90_000 },
    ),
  },
  "gateway-page": {
    does: "503 with a page of HTML, as a proxy in front of Agora would answer.",
    order: { fault: "answer", status: 503, body: "<html><body>503 Service Temporarily Unavailable</body></html>" },
  },
  "drop-before": {
    does: "The connection breaks before the call takes effect.",
    order: { fault: "lose-request" },
  },
  "drop-after": {
    does: "The call takes effect, then the connection breaks.",
    order: { fault: "lose-answer" },
  },
  "hang-before": {
    does: "The call takes no effect and is never answered; the connection stays open.",
    order: { fault: "lose-request", how: "hang" },
  },
  "hang-after": {
    does: "The call takes effect and is never answered; the connection stays open.",
    order: { fault: "lose-answer", how: "hang" },
  },
  "late-effect": {
    does: "Never answered; takes effect 10 s later (`effectDelayMs`), when its caller has given up.",
    order: { fault: "lose-answer", how: "hang", effectDelayMs: 10_000 },
  },
  "slow-request": {
    does: "Takes effect 5 s later (`delayMs`) and is answered then.",
    order: { fault: "delay", when: "beforeEffect", delayMs: 5_000 },
  },
  "slow-answer": {
    does: "Takes effect at once and is answered 5 s later (`delayMs`).",
    order: { fault: "delay", when: "afterEffect", delayMs: 5_000 },
  },
  "wrong-token": {
    does: "start answers 200, but the token is no good: the recorder never comes, query is 404 soon.",
    order: { fault: "harm", harm: "token", match: startOnly },
  },
  "expired-token": {
    does: "The same with a token that has expired.",
    order: { fault: "harm", harm: "tokenExpired", match: startOnly },
  },
  "bad-transcoding": {
    does: "The same with a transcodingConfig that the recorder refuses.",
    order: { fault: "harm", harm: "transcoding", match: startOnly },
  },
  "storage-failure": {
    does: "start answers 200, the storage refuses the keys: the recorder comes and dies soon.",
    order: { fault: "harm", harm: "storage", match: startOnly },
  },
  "upload-failure": {
    does: "The recording works, but its files never reach the bucket: `uploadingStatus` unknown.",
    order: { fault: "harm", harm: "failed-upload", match: startOnly },
  },
  "backup-upload": {
    does: "The files go through Agora's backup storage: `uploadingStatus` backuped.",
    order: { fault: "harm", harm: "backup-upload", match: startOnly },
  },
  "silent-recorder": {
    does: "Live for every query, in the channel, but from then on it writes nothing.",
    order: { fault: "harm", harm: "silence", match: startOnly },
  },
  kill: {
    does: "The recorder dies 5 s after its start (`afterMs`), its leave event is published.",
    order: { fault: "harm", harm: "kill", afterMs: 5_000, match: startOnly },
  },
  "kill-silently": {
    does: "The recorder dies 5 s after its start (`afterMs`), and nobody is told.",
    order: { fault: "harm", harm: "kill-silently", afterMs: 5_000, match: startOnly },
  },
  migration: {
    does: "5 s after its start (`afterMs`) the recorder migrates: 404 for `windowMs`, then the same sid, a new uid, files `bak<n>_`.",
    order: { fault: "harm", harm: "migrate", afterMs: 5_000, match: startOnly },
  },
  "uid-clash": {
    does: "Somebody with the recorder's uid joins the channel 5 s after its start (`afterMs`): the recording fails.",
    order: { fault: "harm", harm: "uid-clash", afterMs: 5_000, match: startOnly },
  },
};

/** A fault by its name; what else is given takes the place of the preset's own. */
const presetOrderSchema = z.strictObject({
  preset: z.enum(presetNames),
  match: faultScope.match.unwrap().optional(),
  count: faultScope.count.unwrap().optional(),
  probability: faultScope.probability.unwrap().optional(),
  seed: faultScope.seed,
  startsInMs: faultScope.startsInMs.unwrap().optional(),
  lastsMs: faultScope.lastsMs,
  how: z.enum(["drop", "hang"]).optional(),
  effectDelayMs: z.int().nonnegative().optional(),
  delayMs: z.int().positive().optional(),
  applied: z.boolean().optional(),
  afterMs: z.int().nonnegative().optional(),
  windowMs: z.int().positive().optional(),
});
export type PresetOrder = z.input<typeof presetOrderSchema>;

/** Everything that arms a fault. */
export const anyFaultOrderSchema = z.union([presetOrderSchema, faultOrderSchema]);
export type AnyFaultOrder = z.input<typeof anyFaultOrderSchema>;

/**
 * Reads an order, by preset or in full.
 * @throws ZodError that names the field; a field that this preset's kind of fault does not have is an error too.
 */
export function parseFaultOrder(input: unknown): FaultOrder {
  if (typeof input !== "object" || input === null || !("preset" in input)) {
    // By itself, since it says what the kinds are.
    z.looseObject({ fault: z.enum(faultKindNames) }).parse(input);
    return faultOrderSchema.parse(input);
  }
  const { preset, match, ...given } = presetOrderSchema.parse(input);
  const { order } = faultPresets[preset];
  return faultOrderSchema.parse({ ...order, ...given, match: { ...order.match, ...match } });
}

function answer(
  status: number,
  body: Readonly<Record<string, unknown>>,
  rest: Partial<Omit<Extract<FaultOrderInput, { fault: "answer" }>, "fault" | "status" | "body">>,
): FaultOrderInput {
  return { fault: "answer", status, body: { ...body }, ...rest };
}
