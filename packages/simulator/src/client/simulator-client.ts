import type { z } from "zod";
import {
  clearedAnswer,
  faultAnswer,
  hitAnswer,
  joinAnswer,
  leaveAnswer,
  migrationAnswer,
  roleAnswer,
  stateAnswer,
} from "../admin/answers.ts";
import type { ChannelState } from "../core/state.ts";
import type { Harm } from "../faults/fault-order.ts";
import type { AnyFaultOrder } from "../faults/fault-presets.ts";
import type { NoteName, ProcessRole } from "../history/history-line.ts";
import type { SettingsChange } from "../settings/simulator-settings.ts";

/** What is true in the simulator now. */
export interface SimulatorState {
  readonly nowMs: number;
  readonly historyLines: number;
  /** Channel events that are held, delayed or not yet acknowledged by Kafka. */
  readonly pendingEvents: number;
  /** Notifications to webhooks, and recording events to Kafka, that were neither taken nor given up. */
  readonly pendingNotifications: number;
  readonly armedFaults: number;
  readonly channels: readonly ChannelState[];
}

interface InChannel {
  readonly channelName: string;
  /** May be left out when the settings have one app. */
  readonly appId?: string;
}
export interface JoinRequest extends InChannel {
  readonly uid: number;
  /** Default host. */
  readonly role?: "host" | "audience";
  readonly platform?: number;
  readonly clientType?: number;
  readonly account?: string;
}
export interface LeaveRequest extends InChannel {
  readonly uid: number;
  /** Agora's leave reason; default 1. */
  readonly reason?: number;
  /** The uid will come back soon, so that its leave may be dropped. */
  readonly rejoinExpected?: boolean;
}
/** `channelName` alone means the recorder that came last. */
export interface RecorderRequest {
  readonly appId?: string;
  readonly channelName?: string;
  readonly sid?: string;
  /** Its leave event is not published. */
  readonly silent?: boolean;
}
export interface NoteRequest {
  readonly note: NoteName | (string & {});
  readonly role?: ProcessRole;
  readonly instanceId?: string;
  readonly [field: string]: unknown;
}

/** The admin API of a simulator, typed. Every method rejects with the simulator's own words when an order is wrong. */
export interface SimulatorClient {
  readonly baseUrl: string;
  readonly join: (request: JoinRequest) => Promise<"joined" | "already_there">;
  readonly leave: (request: LeaveRequest) => Promise<"left" | "replaced" | "not_there">;
  readonly role: (
    request: InChannel & { readonly uid: number; readonly role: "host" | "audience" },
  ) => Promise<"changed" | "same" | "not_there">;
  /** Undefined: no recorder is live there, nothing happened. */
  readonly kill: (
    request: RecorderRequest,
  ) => Promise<{ readonly channelName: string; readonly uid: number; readonly sid: string } | undefined>;
  readonly migrate: (request: RecorderRequest & { readonly windowMs?: number }) => Promise<
    | {
        readonly channelName: string;
        readonly uid: number;
        readonly sid: string;
        readonly windowMs: number;
        readonly result: "migrating" | "ended";
      }
    | undefined
  >;
  /** Undefined: no recorder is live there, nothing happened. */
  readonly harm: (
    request: Omit<RecorderRequest, "silent"> & { readonly harm: Harm; readonly windowMs?: number },
  ) => Promise<{ readonly channelName: string; readonly uid: number; readonly sid: string } | undefined>;
  /** Arms a fault, by preset or in full; answers its id. */
  readonly fault: (order: AnyFaultOrder) => Promise<string>;
  /** All faults when none is named; answers how many ended. */
  readonly clearFaults: (faultId?: string) => Promise<number>;
  readonly note: (note: NoteRequest) => Promise<void>;
  readonly state: () => Promise<SimulatorState>;
  readonly changeSettings: (change: SettingsChange) => Promise<void>;
  /** Polls the state until the predicate holds; rejects after `limitMs` (10 000) with what was awaited and the last state. */
  readonly waitFor: (
    what: string,
    predicate: (state: SimulatorState) => boolean,
    limitMs?: number,
  ) => Promise<SimulatorState>;
}

const pollMs = 50;

/** @param baseUrl as in the line `simulator ready on …`. */
export function createSimulatorClient(baseUrl: string): SimulatorClient {
  const exchange = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const answer: unknown = await response.json();
    const words = `simulator refused ${method} ${path} (${String(response.status)}): ${JSON.stringify(answer)}`;
    return { status: response.status, ok: response.ok, answer, words };
  };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { ok, answer, words } = await exchange(method, path, body);
    if (ok) return answer;
    throw new Error(words);
  };
  /** Undefined: no recorder is live there. */
  const hit = async <Answer>(
    order: "kill" | "migrate" | "harm",
    request: unknown,
    schema: z.ZodType<{ readonly recorder: Answer }>,
  ): Promise<Answer | undefined> => {
    const { status, ok, answer, words } = await exchange("POST", `/admin/recorders/${order}`, request);
    if (ok) return schema.parse(answer).recorder;
    if (status === 404) return undefined;
    throw new Error(words);
  };
  const post = (path: string, body: unknown): Promise<unknown> => call("POST", path, body);
  const state = async (): Promise<SimulatorState> => stateAnswer.parse(await call("GET", "/admin/state"));

  return {
    baseUrl,
    join: async (request) => joinAnswer.parse(await post("/admin/participants/join", request)).result,
    leave: async (request) => leaveAnswer.parse(await post("/admin/participants/leave", request)).result,
    role: async (request) => roleAnswer.parse(await post("/admin/participants/role", request)).result,
    kill: (request) => hit("kill", request, hitAnswer),
    migrate: (request) => hit("migrate", request, migrationAnswer),
    harm: (request) => hit("harm", request, hitAnswer),
    fault: async (order) => faultAnswer.parse(await post("/admin/faults", order)).faultId,
    clearFaults: async (faultId) => {
      const path = faultId === undefined ? "/admin/faults" : `/admin/faults/${faultId}`;
      return clearedAnswer.parse(await call("DELETE", path)).cleared;
    },
    note: async (note) => {
      await post("/admin/notes", note);
    },
    state,
    changeSettings: async (change) => {
      await call("PATCH", "/admin/settings", change);
    },
    waitFor: async (what, predicate, limitMs = 10_000) => {
      const untilMs = performance.now() + limitMs;
      for (;;) {
        const now = await state();
        if (predicate(now)) return now;
        if (performance.now() >= untilMs) {
          throw new Error(`waited ${String(limitMs)} ms in vain for ${what}; last state: ${JSON.stringify(now)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
  };
}
