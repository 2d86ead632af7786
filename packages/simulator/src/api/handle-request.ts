import { parseUid } from "../core/acquire-call.ts";
import type { CallResult } from "../core/answer.ts";
import type { World } from "../core/world.ts";
import type { CallFacts, FaultBook } from "../faults/fault-book.ts";
import type { FaultOrder } from "../faults/fault-order.ts";
import { waitUntil } from "../time/scheduler.ts";
import type { Gateway } from "./gateway.ts";
import { parseJson, performCall } from "./perform-call.ts";
import type { Route } from "./route.ts";
import { matchRoute } from "./route.ts";

/** A request as the server took it from the wire. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly bodyText: string;
  /** Whether the caller has already gone away. */
  readonly isAbandoned: () => boolean;
}

/** What the server must do with the connection. */
export type Reply =
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown; readonly requestId: string }
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
  const route = matchRoute(raw.method, raw.path);
  const facts = factsOf(world, route, raw);
  const ticket: Ticket = { raw, facts, route, startedAtMs: scheduler.nowMs() };
  const fault = faults.take(facts);
  const { answerMs } = world.settings.durations;
  const usualDelayMs = world.random.between(answerMs.min, answerMs.max);
  const perform = (): CallResult => performCall(service, { ...raw, route });

  switch (fault?.fault) {
    case undefined: {
      const result = perform();
      await waitUntil(scheduler, scheduler.nowMs() + usualDelayMs + (result.answerDelayMs ?? 0));
      return answer(world, ticket, result);
    }
    case "lose-request":
      recordRequest(world, ticket, { applied: false, answered: false, fault });
      return { kind: fault.how };
    case "lose-answer": {
      const take = (): void => {
        const result = perform();
        recordRequest(world, ticket, { result, applied: result.applied, answered: false, fault });
      };
      if (fault.effectDelayMs === 0) take();
      else scheduler.at(scheduler.nowMs() + fault.effectDelayMs, take);
      return { kind: fault.how };
    }
    case "delay": {
      if (fault.when === "beforeEffect") await waitUntil(scheduler, scheduler.nowMs() + fault.delayMs);
      const result = perform();
      const lateMs = fault.when === "afterEffect" ? fault.delayMs : 0;
      await waitUntil(scheduler, scheduler.nowMs() + usualDelayMs + lateMs + (result.answerDelayMs ?? 0));
      return answer(world, ticket, result, { fault });
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

interface Ticket {
  readonly raw: RawRequest;
  readonly facts: CallFacts;
  readonly route: Route;
  readonly startedAtMs: number;
}

function answer(world: World, ticket: Ticket, result: CallResult, by: { readonly fault?: FaultOrder } = {}): Reply {
  const answered = !ticket.raw.isAbandoned();
  recordRequest(world, ticket, { result, applied: result.applied, answered, ...by });
  const { status, body } = result;
  return answered ? { kind: "answer", status, body, requestId: ticket.facts.requestId } : { kind: "drop" };
}

function recordRequest(
  world: World,
  ticket: Ticket,
  outcome: {
    readonly result?: CallResult;
    readonly applied: boolean;
    readonly answered: boolean;
    readonly fault?: FaultOrder;
  },
): void {
  const { facts, route, startedAtMs } = ticket;
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
function factsOf(world: World, route: Route, raw: RawRequest): CallFacts {
  const requestId = world.random.hex(32);
  const instance = raw.userAgent === undefined ? undefined : /^autorec\/\S+ (.+)$/.exec(raw.userAgent)?.[1];
  const client = instance ?? raw.userAgent;
  const base = { call: route.call, requestId, ...(client === undefined ? {} : { client: client.slice(0, 200) }) };
  if (route.call === "other") return base;
  const resource = "resourceId" in route ? world.resources.get(route.resourceId) : undefined;
  const body = parseJson(raw.bodyText);
  const channelName = textField(body, "cname")?.slice(0, 128) ?? resource?.channelName;
  const uidText = textField(body, "uid");
  const uid = uidText === undefined ? resource?.uid : parseUid(uidText);
  return {
    ...base,
    appId: route.appId.slice(0, 64),
    ...(channelName === undefined ? {} : { channelName }),
    ...(uid === undefined ? {} : { uid }),
    ...("sid" in route ? { sid: route.sid.slice(0, 64) } : {}),
  };
}

function textField(body: unknown, name: "cname" | "uid"): string | undefined {
  if (typeof body !== "object" || body === null || !(name in body)) return undefined;
  const value = new Map<string, unknown>(Object.entries(body)).get(name);
  return typeof value === "string" ? value : undefined;
}
