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
        const params = paramsSchema.parse(request.params);
        const { status, answer } = await answerTo(() => handle(service, { bodyText, params }), bodyText);
        return reply.code(status).type("application/json").send(JSON.stringify(answer));
      },
    });
  }
}

const paramsSchema = z.record(z.string(), z.string()).catch({});

async function answerTo(perform: () => unknown, bodyText: string) {
  try {
    return { status: 200, answer: await perform() };
  } catch (err) {
    return { status: 400, answer: { error: explain(err, bodyText) } };
  }
}

function explain(err: unknown, bodyText: string): string {
  const words = explainOrderError(err, err instanceof z.ZodError ? bodyOf(bodyText) : undefined);
  if (words === undefined) throw err;
  return words;
}
