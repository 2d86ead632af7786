import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { changeRole, joinParticipant, leaveParticipant } from "../core/participants.ts";
import { orderKill, orderMigration } from "../core/recorder-orders.ts";
import type { World } from "../core/world.ts";
import type { FaultBook } from "../faults/fault-book.ts";
import { faultOrderSchema } from "../faults/fault-order.ts";
import { changeSettings, publicSettings, SettingsError } from "../settings/simulator-settings.ts";
import { parseJson } from "../api/request-body.ts";
import type { SimulatorState } from "../client/simulator-client.ts";
import type { NewHistoryLine } from "../core/world.ts";

export interface AdminService {
  readonly world: World;
  readonly faults: FaultBook;
  readonly record: (line: NewHistoryLine) => void;
  readonly state: () => SimulatorState;
}

const uid = z.int().min(1).max(4_294_967_295);
const appId = z.string().optional();
const role = z.enum(["host", "audience"]).default("host");
const joinSchema = z.strictObject({
  appId,
  channelName: z.string().min(1),
  uid,
  role,
  platform: z.int().optional(),
  clientType: z.int().optional(),
  account: z.string().optional(),
});
const leaveSchema = z.strictObject({
  appId,
  channelName: z.string().min(1),
  uid,
  reason: z.int().default(1),
  rejoinExpected: z.boolean().default(false),
});
const roleSchema = z.strictObject({ appId, channelName: z.string().min(1), uid, role });
const choice = { appId, channelName: z.string().optional(), sid: z.string().optional() };
const killSchema = z.strictObject({ ...choice, silent: z.boolean().default(false) });
const migrateSchema = z.strictObject({
  ...choice,
  windowMs: z.int().positive().optional(),
  silent: z.boolean().default(false),
});
const noteSchema = z.looseObject({
  note: z.string().min(1),
  role: z.enum(["consumer", "watchdog", "other"]).exactOptional(),
  instanceId: z.string().exactOptional(),
});

/** What tests, demo and people use to make things happen; JSON in, JSON out, 400 with `error` for what is wrong. */
export function addAdminRoutes(server: FastifyInstance, service: AdminService): void {
  const { world, faults } = service;
  const route = createRouter(server);

  route("POST", "/admin/participants/join", (body) => {
    const order = joinSchema.parse(body);
    return { result: joinParticipant(world, { ...order, appId: appOf(world, order.appId) }) };
  });
  route("POST", "/admin/participants/leave", (body) => {
    const order = leaveSchema.parse(body);
    return { result: leaveParticipant(world, { ...order, appId: appOf(world, order.appId) }) };
  });
  route("POST", "/admin/participants/role", (body) => {
    const order = roleSchema.parse(body);
    return { result: changeRole(world, { ...order, appId: appOf(world, order.appId) }) };
  });
  route("POST", "/admin/recorders/kill", (body) => {
    const order = killSchema.parse(body);
    requireChoice(order);
    return { recorder: orderKill(world, order, order) };
  });
  route("POST", "/admin/recorders/migrate", (body) => {
    const order = migrateSchema.parse(body);
    requireChoice(order);
    return { recorder: orderMigration(world, order, order) };
  });
  route("POST", "/admin/faults", (body) => ({ faultId: faults.arm(faultOrderSchema.parse(body)) }));
  route("GET", "/admin/faults", () => ({ faults: faults.list() }));
  route("DELETE", "/admin/faults", () => ({ cleared: faults.clear() }));
  route("DELETE", "/admin/faults/:faultId", (_, params) => ({ cleared: faults.clear(params["faultId"]) }));
  route("POST", "/admin/notes", (body) => {
    service.record({ ...noteSchema.parse(body), kind: "note" });
    return {};
  });
  route("GET", "/admin/state", () => service.state());
  route("GET", "/admin/settings", () => publicSettings(world.settings));
  route("PATCH", "/admin/settings", (body) => {
    world.settings = changeSettings(world.settings, body);
    return publicSettings(world.settings);
  });
  route("GET", "/healthz", () => ({ ok: true }));
}

class OrderError extends Error {
  override readonly name = "OrderError";
}

type Handler = (body: unknown, params: Readonly<Record<string, string>>) => unknown;

function createRouter(server: FastifyInstance) {
  const paramsSchema = z.record(z.string(), z.string()).catch({});
  return (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, handler: Handler): void => {
    server.route({
      method,
      url,
      handler: (request, reply) => {
        const body = typeof request.body === "string" && request.body !== "" ? parseJson(request.body) : {};
        try {
          return reply.type("application/json").send(JSON.stringify(handler(body, paramsSchema.parse(request.params))));
        } catch (err) {
          return reply
            .code(400)
            .type("application/json")
            .send(JSON.stringify({ error: explain(err) }));
        }
      },
    });
  };
}

function explain(err: unknown): string {
  if (err instanceof z.ZodError) return z.prettifyError(err);
  if (err instanceof SettingsError || err instanceof OrderError) return err.message;
  throw err;
}

function appOf(world: World, given: string | undefined): string {
  const apps = world.settings.accounts.flatMap((account) => account.apps.map((app) => app.appId));
  if (given !== undefined) {
    if (apps.includes(given)) return given;
    throw new OrderError(`appId ${given} is not in the settings; expected one of ${apps.join(", ")}`);
  }
  const [only, second] = apps;
  if (only === undefined || second !== undefined) {
    throw new OrderError(`the settings have ${String(apps.length)} apps: name one in appId`);
  }
  return only;
}

function requireChoice(order: { readonly channelName?: string | undefined; readonly sid?: string | undefined }): void {
  if (order.channelName === undefined && order.sid === undefined) throw new OrderError("expected channelName or sid");
}
