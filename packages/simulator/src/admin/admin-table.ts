import type { z } from "zod";
import { readJson } from "../api/request-body.ts";
import { anyFaultOrderSchema, faultPresets, parseFaultOrder, presetNames } from "../faults/fault-presets.ts";
import { changeSettings, publicSettings, settingsChangeSchema } from "../settings/simulator-settings.ts";
import { readScenario } from "../scenario/read-scenario.ts";
import { scenarioSchema } from "../scenario/scenario-schema.ts";
import { describeAdminApi } from "./describe-admin-api.ts";
import type { AdminRequest, AdminRoute, AdminService } from "./admin-route.ts";
import * as answers from "./answers.ts";
import * as orders from "./orders.ts";

const noRecorder = "No recorder is live there; nothing happened.";

/** Every call of the admin API; `describeAdminApi` and the server read it. */
export const adminTable: readonly AdminRoute[] = [
  withBody({
    method: "POST",
    path: "/admin/participants/join",
    name: "join",
    does: "Puts somebody into a channel.",
    body: orders.joinSchema,
    answer: answers.joinAnswer,
    perform: ({ world }, order) => ({ result: orders.join(world, order) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/participants/leave",
    name: "leave",
    does: "Takes somebody out of a channel.",
    body: orders.leaveSchema,
    answer: answers.leaveAnswer,
    perform: ({ world }, order) => ({ result: orders.leave(world, order) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/participants/role",
    name: "setRole",
    does: "Makes somebody host or audience.",
    body: orders.roleSchema,
    answer: answers.roleAnswer,
    perform: ({ world }, order) => ({ result: orders.setRole(world, order) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/recorders/kill",
    name: "killRecorder",
    does: "Kills a live recorder.",
    body: orders.killSchema,
    answer: answers.hitAnswer,
    missing: noRecorder,
    perform: ({ world }, order) => ({ recorder: orders.requireHit(world, order, orders.kill(world, order)) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/recorders/migrate",
    name: "migrateRecorder",
    does: "Moves a live recorder: 404 for a while, then the same sid under a new uid; the fourth time it ends.",
    body: orders.migrateSchema,
    answer: answers.migrationAnswer,
    missing: noRecorder,
    perform: ({ world }, order) => ({ recorder: orders.requireHit(world, order, orders.migrate(world, order)) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/recorders/harm",
    name: "harmRecorder",
    does: "Lets something happen to a live recorder, as the fault `harm` does to the next one.",
    body: orders.harmSchema,
    answer: answers.hitAnswer,
    missing: noRecorder,
    perform: ({ world }, order) => ({ recorder: orders.requireHit(world, order, orders.harm(world, order)) }),
  }),
  withBody({
    method: "POST",
    path: "/admin/faults",
    name: "armFault",
    does: "Arms a fault, by preset or in full.",
    body: anyFaultOrderSchema,
    answer: answers.faultAnswer,
    perform: ({ faults }, order) => ({ faultId: faults.arm(parseFaultOrder(order)) }),
    read: (value) => {
      parseFaultOrder(value);
      return anyFaultOrderSchema.parse(value);
    },
  }),
  withoutBody({
    method: "GET",
    path: "/admin/faults",
    name: "listFaults",
    does: "The faults that are armed.",
    answer: answers.faultsAnswer,
    perform: ({ faults }) => ({ faults: faults.list() }),
  }),
  withoutBody({
    method: "DELETE",
    path: "/admin/faults",
    name: "clearFaults",
    does: "Ends every fault.",
    answer: answers.clearedAnswer,
    perform: ({ faults }) => ({ cleared: faults.clear() }),
  }),
  withoutBody({
    method: "DELETE",
    path: "/admin/faults/{faultId}",
    name: "clearFault",
    does: "Ends one fault.",
    answer: answers.clearedAnswer,
    perform: ({ faults }, { params }) => ({ cleared: faults.clear(params["faultId"] ?? "") }),
  }),
  withoutBody({
    method: "GET",
    path: "/admin/fault-presets",
    name: "listFaultPresets",
    does: "The faults that have a name, and what each does.",
    answer: answers.presetsAnswer,
    perform: () => ({ presets: presetNames.map((preset) => ({ preset, ...faultPresets[preset] })) }),
  }),
  {
    method: "POST",
    path: "/admin/scenarios",
    name: "playScenario",
    does: "Plays a scenario (YAML or JSON) from now on.",
    body: scenarioSchema,
    bodyType: "application/yaml",
    answer: answers.scenarioAnswer,
    handle: ({ scenarios }, { bodyText }) => scenarios.play(readScenario(bodyText)),
  },
  withoutBody({
    method: "GET",
    path: "/admin/scenarios",
    name: "listScenarios",
    does: "What was played, and how far it is.",
    answer: answers.scenariosAnswer,
    perform: ({ scenarios }) => ({ scenarios: scenarios.list() }),
  }),
  withoutBody({
    method: "DELETE",
    path: "/admin/scenarios/{scenarioId}",
    name: "stopScenario",
    does: "Drops what is still to come of a scenario; what it did stays.",
    answer: answers.stoppedAnswer,
    perform: ({ scenarios }, { params }) => ({ stopped: scenarios.stop(params["scenarioId"] ?? "") }),
  }),
  withoutBody({
    method: "POST",
    path: "/admin/webhooks/check",
    name: "checkWebhooks",
    does: "Sends a test event of each kind to every webhook, as the check in Agora's console: 200, or 590, 591, 592.",
    answer: answers.webhooksAnswer,
    perform: async ({ checkWebhooks }) => ({ webhooks: await checkWebhooks() }),
  }),
  withBody({
    method: "POST",
    path: "/admin/notes",
    name: "writeNote",
    does: "Writes a note into the history.",
    body: orders.noteSchema,
    answer: answers.nothingAnswer,
    perform: ({ record }, note) => {
      record({ ...note, kind: "note" });
      return {};
    },
  }),
  withoutBody({
    method: "GET",
    path: "/admin/state",
    name: "readState",
    does: "Who is where, and what is recorded.",
    answer: answers.stateAnswer,
    perform: ({ state }) => state(),
  }),
  withoutBody({
    method: "GET",
    path: "/admin/settings",
    name: "readSettings",
    does: "The settings in force.",
    answer: answers.settingsAnswer,
    perform: ({ world }) => publicSettings(world.settings),
  }),
  withBody({
    method: "PATCH",
    path: "/admin/settings",
    name: "changeSettings",
    does: "Changes durations, switches, limits and the like; all or nothing.",
    body: settingsChangeSchema,
    answer: answers.settingsAnswer,
    perform: ({ world }, change) => {
      world.settings = changeSettings(world.settings, change);
      return publicSettings(world.settings);
    },
  }),
  withoutBody({
    method: "GET",
    path: "/admin/openapi.json",
    name: "readOpenApi",
    does: "This description.",
    answer: answers.openApiAnswer,
    perform: () => describeAdminApi(adminTable),
  }),
  withoutBody({
    method: "GET",
    path: "/healthz",
    name: "health",
    does: "Answers while the simulator lives.",
    answer: answers.healthAnswer,
    perform: () => ({ ok: true }),
  }),
];

type Spec = Pick<AdminRoute, "method" | "path" | "name" | "does" | "answer" | "missing">;

function withBody<Schema extends z.ZodType>(
  spec: Spec & {
    readonly body: Schema;
    readonly read?: (value: unknown) => z.output<Schema>;
    readonly perform: (service: AdminService, body: z.output<Schema>) => unknown;
  },
): AdminRoute {
  const { perform, read, ...rest } = spec;
  return {
    ...rest,
    handle: (service, { bodyText }) => {
      const value = bodyOf(bodyText);
      return perform(service, read === undefined ? spec.body.parse(value) : read(value));
    },
  };
}

function withoutBody(
  spec: Spec & { readonly perform: (service: AdminService, request: AdminRequest) => unknown },
): AdminRoute {
  const { perform, ...rest } = spec;
  return { ...rest, handle: perform };
}

/** No body is an empty order: some orders have nothing that must be said. */
export function bodyOf(text: string): unknown {
  if (text === "") return {};
  const read = readJson(text);
  if (read.kind === "json") return read.value;
  throw new orders.OrderError('the body is no JSON; expected an object such as {"channelName": "room"}');
}
