import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { AdminService } from "../admin/admin-route.ts";
import { adminTable, bodyOf } from "../admin/admin-table.ts";
import { explainOrderError } from "../admin/explain-error.ts";

/** What tests, demo and people use to make things happen; JSON in, JSON out, 400 with `error` for what is wrong. */
export function addAdminRoutes(server: FastifyInstance, service: AdminService): void {
  for (const { method, path, handle } of adminTable) {
    server.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      handler: async (request, reply) => {
        const bodyText = typeof request.body === "string" ? request.body : "";
        reply.type("application/json");
        try {
          const answer = await handle(service, { bodyText, params: paramsSchema.parse(request.params) });
          return reply.send(JSON.stringify(answer));
        } catch (err) {
          return reply.code(400).send(JSON.stringify({ error: explain(err, bodyText) }));
        }
      },
    });
  }
}

const paramsSchema = z.record(z.string(), z.string()).catch({});

function explain(err: unknown, bodyText: string): string {
  const words = explainOrderError(err, err instanceof z.ZodError ? bodyOf(bodyText) : undefined);
  if (words === undefined) throw err;
  return words;
}
