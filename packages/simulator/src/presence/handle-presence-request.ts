import type { RawRequest, Reply } from "../api/handle-request.ts";
import { createTokenBuckets } from "../api/token-buckets.ts";
import type { CallResult } from "../core/answer.ts";
import type { Announcement, NewHistoryLine, World } from "../core/world.ts";
import type { FaultBook } from "../faults/fault-book.ts";
import { runAfter, waitUntil } from "../time/scheduler.ts";
import { createKickingRules } from "./kicking-rules.ts";
import { performPresenceCall } from "./perform-presence-call.ts";
import type { PresenceRoute } from "./presence-route.ts";
import { matchPresenceRoute } from "./presence-route.ts";
import { createLateView, createPresenceView } from "./presence-view.ts";

/** The channel management API and the list of senders' addresses, beside the recording API. */
export interface PresenceService {
  /** Undefined: the path is none of its own. Faults on calls named `other` hit it. */
  readonly handle: (raw: RawRequest & { readonly query: string }) => Promise<Reply> | undefined;
  /** Must be told of every line of the world's history, and of every announcement. */
  readonly heard: (line: NewHistoryLine) => void;
  readonly announced: (announcement: Announcement) => void;
}

type Raw = RawRequest & { readonly query: string };

export function createPresenceService(world: World, faults: FaultBook): PresenceService {
  const { lagMs } = world.settings.presence;
  const view = lagMs === 0 ? createPresenceView(world) : createLateView(world, lagMs);
  const rules = createKickingRules(world);
  const buckets = createTokenBuckets(world.scheduler.nowMs);
  const perform = (route: PresenceRoute, raw: Raw): CallResult =>
    performPresenceCall({ world, view, rules, buckets }, { ...raw, route, query: new URLSearchParams(raw.query) });
  return {
    handle: (raw) => {
      const route = matchPresenceRoute(raw.method, raw.path);
      return route === undefined ? undefined : answer(world, faults, { route, perform: () => perform(route, raw) });
    },
    heard: (line) => {
      view.heard(line);
      rules.heard(line);
    },
    announced: view.announced,
  };
}

async function answer(
  world: World,
  faults: FaultBook,
  { route, perform }: { readonly route: PresenceRoute; readonly perform: () => CallResult },
): Promise<Reply> {
  const { scheduler } = world;
  const requestId = world.random.hex(32);
  const place = {
    ...("appId" in route ? { appId: route.appId.slice(0, 64) } : {}),
    ...("channelName" in route ? { channelName: route.channelName.slice(0, 128) } : {}),
  };
  const { answerMs } = world.settings.durations;
  const usualDelayMs = world.random.between(answerMs.min, answerMs.max);
  const wait = (delayMs: number): Promise<void> => waitUntil(scheduler, scheduler.nowMs() + delayMs);
  const reply = ({
    status,
    body,
    headers = {},
  }: Omit<CallResult, "body" | "applied"> & { readonly body: unknown }): Reply => {
    world.record({ kind: "presence-request", requestId, call: route.call, ...place, status });
    return { kind: "answer", status, body, headers, requestId };
  };
  const fault = faults.take({ call: "other", requestId, ...place });
  switch (fault?.fault) {
    case undefined: {
      const result = perform();
      await wait(usualDelayMs);
      return reply(result);
    }
    case "lose-request":
      return { kind: fault.how };
    case "lose-answer":
      runAfter(scheduler, fault.effectDelayMs, () => void perform());
      return { kind: fault.how };
    case "delay": {
      if (fault.when === "beforeEffect") await wait(fault.delayMs);
      const result = perform();
      await wait(usualDelayMs + (fault.when === "afterEffect" ? fault.delayMs : 0));
      return reply(result);
    }
    case "answer":
      if (fault.applied) perform();
      await wait(usualDelayMs);
      return reply({ status: fault.status, body: fault.body });
  }
}
