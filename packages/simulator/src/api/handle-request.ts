import { parseUid } from "../core/acquire-call.ts";
import type { CallResult } from "../core/answer.ts";
import type { World } from "../core/world.ts";
import type { CallFacts, FaultBook } from "../faults/fault-book.ts";
import type { CallFaultOrder } from "../faults/fault-order.ts";
import { flawOfHarms, planHarms } from "../faults/harm-recording.ts";
import { valueAt } from "../core/requests/json-value.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { runAfter, waitUntil } from "../time/scheduler.ts";
import type { Gateway } from "./gateway.ts";
import { olderError } from "./older-errors.ts";
import type { ReadCall } from "./perform-call.ts";
import { performCall } from "./perform-call.ts";
import { readJson } from "./request-body.ts";
import type { Route, RoutedRequest } from "./route.ts";
import { matchRoute } from "./route.ts";

/** A request as the server took it from the wire. */
export interface RawRequest extends RoutedRequest {
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly contentType: string | undefined;
  readonly bodyText: string;
  /** Whether the caller has already gone away. */
  readonly isAbandoned: () => boolean;
}

/** What the server must do with the connection. */
export type Reply =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: unknown;
      readonly requestId: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "drop" | "hang" };

export interface Service {
  readonly world: World;
  readonly gateway: Gateway;
  readonly faults: FaultBook;
}

/**
 * One request from the wire to the reply, with whatever fault is armed for it.
 * Its effects stand in the history before its `request` line, and that line before the answer leaves.
 */
export async function handleRequest(service: Service, raw: RawRequest): Promise<Reply> {
  const { world, faults } = service;
  const { scheduler } = world;
  const route = matchRoute(raw, world.settings.switches);
  const call = readCall(route, raw);
  const facts = factsOf(world, call, raw);
  const ticket: Ticket = { raw, facts, route, startedAtMs: scheduler.nowMs() };
  const fault = faults.take(facts);
  const { answerMs } = world.settings.durations;
  const usualDelayMs = world.random.between(answerMs.min, answerMs.max);
  const perform = (): CallResult => inServersShape(world, call, performWithHarms(service, call, facts));

  switch (fault?.fault) {
    case undefined: {
      const result = perform();
      return answer(world, ticket, await whenDue(scheduler, result, usualDelayMs));
    }
    case "lose-request":
      recordRequest(world, ticket, { applied: false, answered: false, fault });
      return { kind: fault.how };
    case "lose-answer": {
      const take = (): void => {
        const result = perform();
        recordRequest(world, ticket, { result, applied: result.applied, answered: false, fault });
      };
      runAfter(scheduler, fault.effectDelayMs, take);
      return { kind: fault.how };
    }
    case "delay": {
      if (fault.when === "beforeEffect") await waitUntil(scheduler, scheduler.nowMs() + fault.delayMs);
      const result = perform();
      const lateMs = fault.when === "afterEffect" ? fault.delayMs : 0;
      return answer(world, ticket, await whenDue(scheduler, result, usualDelayMs + lateMs), { fault });
    }
    case "answer": {
      const applied = fault.applied && perform().applied;
      await waitUntil(scheduler, scheduler.nowMs() + usualDelayMs);
      const body = typeof fault.body === "string" ? {} : fault.body;
      const reply = answer(world, ticket, { status: fault.status, body, applied }, { fault });
      return reply.kind === "answer" ? { ...reply, body: fault.body } : reply;
    }
  }
}

/** Carries out the call; a start with whatever was ordered for its recording. */
function performWithHarms(service: Service, call: ReadCall, facts: CallFacts): CallResult {
  const { world, faults } = service;
  const resource = call.route.call === "start" ? world.resources.get(call.route.resourceId) : undefined;
  if (resource === undefined || resource.recording !== undefined) return performCall(service, call);
  const harms = faults.takeHarms(facts);
  resource.arrangedFlaw = flawOfHarms(harms);
  const result = performCall(service, call);
  const started = world.resources.get(resource.resourceId)?.recording;
  if (started !== undefined) planHarms(world, started, harms);
  return result;
}

/** The answer at the time when it leaves. */
async function whenDue(scheduler: Scheduler, result: CallResult, delayMs: number): Promise<CallResult> {
  const settled = result.pending === undefined ? result : await result.pending;
  // What has waited for an upload need not wait for the network as well.
  if (result.pending !== undefined && delayMs === 0) return settled;
  await waitUntil(scheduler, scheduler.nowMs() + delayMs + (settled.answerDelayMs ?? 0));
  return settled;
}

function readCall(route: Route, { authorization, contentType, bodyText }: RawRequest): ReadCall {
  const hasBody = route.call !== "other" && route.call !== "query";
  return { route, authorization, contentType, body: hasBody ? readJson(bodyText) : noBody };
}

const noBody = { kind: "json", value: undefined } as const;

/** Errors in the shape that the switch chooses. */
function inServersShape(world: World, { route, body }: ReadCall, result: CallResult): CallResult {
  if (world.settings.switches.errorBodies === "current" || result.status === 200) return result;
  const cname = textField(body.kind === "json" ? body.value : undefined, "cname");
  const uid = textField(body.kind === "json" ? body.value : undefined, "uid");
  return olderError(result, route, {
    ...(cname === undefined ? {} : { cname }),
    ...(uid === undefined ? {} : { uid }),
  });
}

interface Ticket {
  readonly raw: RawRequest;
  readonly facts: CallFacts;
  readonly route: Route;
  readonly startedAtMs: number;
}

function answer(world: World, ticket: Ticket, result: CallResult, by: { readonly fault?: CallFaultOrder } = {}): Reply {
  const answered = !ticket.raw.isAbandoned();
  recordRequest(world, ticket, { result, applied: result.applied, answered, ...by });
  if (!answered) return { kind: "drop" };
  const { status, body, headers = {} } = result;
  return { kind: "answer", status, body, headers, requestId: ticket.facts.requestId };
}

function recordRequest(
  world: World,
  ticket: Ticket,
  outcome: {
    readonly result?: CallResult;
    readonly applied: boolean;
    readonly answered: boolean;
    readonly fault?: CallFaultOrder;
  },
): void {
  const { route, startedAtMs } = ticket;
  const { recordings: _recordings, ...facts } = ticket.facts;
  const { result, applied, answered, fault } = outcome;
  const code = result?.body["code"];
  const resourceId = result?.resourceId ?? ("resourceId" in route ? route.resourceId : undefined);
  const sid = result?.sid ?? facts.sid;
  const status = result?.recorderStatus;
  world.record({
    kind: "request",
    ...facts,
    startedAtMs,
    ...(sid === undefined ? {} : { sid }),
    ...(resourceId === undefined ? {} : { resourceId }),
    ...(result === undefined ? {} : { status: result.status }),
    ...(typeof code === "number" ? { code } : {}),
    ...(status === undefined ? {} : { recorderStatus: status }),
    applied,
    answered,
    durationMs: world.scheduler.nowMs() - startedAtMs,
    ...(fault === undefined ? {} : { fault: fault.fault }),
  });
}

/** Channel and uid as the body says, or as the resource says where there is no body. */
function factsOf(world: World, { route, body: read }: ReadCall, raw: RawRequest): CallFacts {
  const requestId = world.random.hex(32);
  const instance = raw.userAgent === undefined ? undefined : /^autorec\/\S+ (.+)$/.exec(raw.userAgent)?.[1];
  const client = instance ?? raw.userAgent;
  const base = { call: route.call, requestId, ...(client === undefined ? {} : { client: client.slice(0, 200) }) };
  if (route.call === "other") return base;
  const resource = "resourceId" in route ? world.resources.get(route.resourceId) : undefined;
  const body = read.kind === "json" ? read.value : undefined;
  const channelName = textField(body, "cname")?.slice(0, 128) ?? resource?.channelName;
  const uidText = textField(body, "uid");
  const uid = uidText === undefined ? resource?.uid : parseUid(uidText);
  return {
    ...base,
    appId: route.appId.slice(0, 64),
    recordings: world.workersByApp.get(route.appId) ?? 0,
    ...(channelName === undefined ? {} : { channelName }),
    ...(uid === undefined ? {} : { uid }),
    ...("sid" in route ? { sid: route.sid.slice(0, 64) } : {}),
  };
}

function textField(body: unknown, name: "cname" | "uid"): string | undefined {
  const value = valueAt(body, [name]);
  return typeof value === "string" ? value : undefined;
}
