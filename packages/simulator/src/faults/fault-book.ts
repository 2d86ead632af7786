import type { FaultLine, RequestCall } from "../history/history-line.ts";
import type { NewHistoryLine } from "../core/world.ts";
import type { Random } from "../time/random.ts";
import { createRandom } from "../time/random.ts";
import type { Cancel, Scheduler } from "../time/scheduler.ts";
import type { CallFaultOrder, FaultOrder, HarmOrder } from "./fault-order.ts";
import { fitsName } from "./fits-name.ts";

/** What is known of a call before it is carried out. */
export interface CallFacts {
  readonly call: RequestCall;
  readonly requestId: string;
  readonly appId?: string;
  readonly channelName?: string;
  readonly uid?: number;
  readonly sid?: string;
  readonly client?: string;
  /** Recordings of the App ID that are not over. */
  readonly recordings?: number;
}

/** The faults that are armed. Arming, each hit and the end are lines of the history. */
export interface FaultBook {
  readonly arm: (order: FaultOrder) => string;
  /** The first armed fault on calls that fits, counted as a hit. */
  readonly take: (facts: CallFacts) => CallFaultOrder | undefined;
  /** All that is to happen to the recording of a start that takes effect now, each counted as a hit. */
  readonly takeHarms: (facts: CallFacts) => readonly HarmOrder[];
  readonly clear: (faultId?: string) => number;
  readonly list: () => readonly { readonly faultId: string; readonly order: FaultOrder; readonly hits: number }[];
}

interface Armed {
  readonly faultId: string;
  readonly order: FaultOrder;
  readonly fromMs: number;
  readonly cancels: Cancel[];
  readonly random: Random;
  hits: number;
}

export function createFaultBook(options: {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly record: (line: NewHistoryLine) => void;
}): FaultBook {
  const { scheduler, random, record } = options;
  const book = new Map<string, Armed>();
  let nextId = 1;

  const end = (armed: Armed): void => {
    if (!book.delete(armed.faultId)) return;
    for (const cancel of armed.cancels) cancel();
    record({ kind: "fault", phase: "ended", ...lineOf(armed.order) });
  };

  const hit = (armed: Armed, facts: CallFacts): boolean => {
    const { order } = armed;
    if (scheduler.nowMs() < armed.fromMs || !fits(order, facts)) return false;
    if (order.probability < 1 && armed.random.next() >= order.probability) return false;
    armed.hits += 1;
    record({ kind: "fault", phase: "applied", ...lineOf(order), ...factsOfLine(facts) });
    if (order.count !== "unlimited" && armed.hits >= order.count) end(armed);
    return true;
  };

  return {
    arm: (order) => {
      const faultId = `fault-${String(nextId++)}`;
      const fromMs = scheduler.nowMs() + order.startsInMs;
      const own = order.seed === undefined ? random : createRandom(order.seed);
      const armed: Armed = { faultId, order, fromMs, cancels: [], random: own, hits: 0 };
      book.set(faultId, armed);
      record({ kind: "fault", phase: "armed", ...lineOf(order) });
      if (order.lastsMs !== undefined) {
        armed.cancels.push(
          scheduler.at(fromMs + order.lastsMs, () => {
            end(armed);
          }),
        );
      }
      return faultId;
    },
    take: (facts) => {
      for (const armed of book.values()) {
        const { order } = armed;
        if (order.fault !== "harm" && hit(armed, facts)) return order;
      }
      return undefined;
    },
    takeHarms: (facts) =>
      [...book.values()].flatMap((armed) => {
        const { order } = armed;
        return order.fault === "harm" && hit(armed, facts) ? [order] : [];
      }),
    clear: (faultId) => {
      const ending = [...book.values()].filter((armed) => faultId === undefined || armed.faultId === faultId);
      for (const armed of ending) end(armed);
      return ending.length;
    },
    list: () => [...book.values()].map(({ faultId, order, hits }) => ({ faultId, order, hits })),
  };
}

function fits(order: FaultOrder, facts: CallFacts): boolean {
  const { call, appId, channelName, uid, client, recordingsMin } = order.match;
  return (
    (call === undefined || call === facts.call || (typeof call === "object" && call.includes(facts.call))) &&
    (appId === undefined || appId === facts.appId) &&
    (channelName === undefined || (facts.channelName !== undefined && fitsName(channelName, facts.channelName))) &&
    (uid === undefined || uid === facts.uid) &&
    (client === undefined || client === facts.client) &&
    (recordingsMin === undefined || (facts.recordings ?? 0) >= recordingsMin)
  );
}

type FaultFields = Omit<FaultLine, "kind" | "phase" | "seq" | "atMs">;

/** The order without bodies: whatever a test plants in them stays out of the history. */
function lineOf(order: FaultOrder): FaultFields {
  const { call, appId, channelName, uid } = order.match;
  return {
    fault: order.fault,
    ...(typeof call === "string" ? { call } : {}),
    ...(appId === undefined ? {} : { appId }),
    ...(channelName === undefined || channelName.includes("*") ? {} : { channelName }),
    ...(uid === undefined ? {} : { uid }),
    ...extraOf(order),
  };
}

function extraOf(order: FaultOrder): Partial<FaultFields> {
  switch (order.fault) {
    case "answer": {
      const code = typeof order.body === "string" ? undefined : order.body["code"];
      return { status: order.status, ...(typeof code === "number" ? { code } : {}) };
    }
    case "delay":
      return { delayMs: order.delayMs };
    case "lose-answer":
      return order.effectDelayMs > 0 ? { delayMs: order.effectDelayMs } : {};
    case "lose-request":
      return {};
    case "harm":
      return { harm: order.harm, ...(order.afterMs > 0 ? { delayMs: order.afterMs } : {}) };
  }
}

function factsOfLine({ call, requestId, appId, channelName, uid, sid }: CallFacts) {
  return {
    call,
    requestId,
    ...(appId === undefined ? {} : { appId }),
    ...(channelName === undefined ? {} : { channelName }),
    ...(uid === undefined ? {} : { uid }),
    ...(sid === undefined ? {} : { sid }),
  };
}
