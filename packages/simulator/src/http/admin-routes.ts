import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AdminService } from "../admin/admin-route.ts";
import { adminTable, bodyOf } from "../admin/admin-table.ts";
import { explainOrderError } from "../admin/explain-error.ts";
import { NotThereError } from "../admin/orders.ts";

/**
 * What tests, demo and people use to make things happen; JSON in, JSON out. What is wrong is answered with `error`: 400,
 * or 404 where what it is about is not there.
 */
export function addAdminRoutes(server: FastifyInstance, service: AdminService): void {
  for (const { method, path, handle } of adminTable) {
    server.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      handler: async (request, reply) => {
        const bodyText = typeof request.body === "string" ? request.body : "";
        const params = paramsSchema.parse(request.params);
        const { status, answer } = await answerTo(() => handle(service, { bodyText, params }), bodyText);
        return send(reply, status, answer);
      },
    });
  }
  for (const url of ["/admin", "/admin/*"]) {
    server.route({
      method: server.supportedMethods,
      url,
      handler: (request, reply) => refuseUnknown(request, reply),
    });
  }
}

/** Would be Agora's "no Route" otherwise, which does not say that it was meant for the admin API. */
function refuseUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ""] = request.url.split("?", 1);
  const methods = adminTable.filter((route) => fits(route.path, path)).map(({ method }) => method);
  if (methods.length > 0) {
    void reply.header("allow", methods.join(", "));
    return send(reply, 405, { error: `${path} is not for ${request.method}; expected ${methods.join(" or ")}` });
  }
  const known = adminTable.map((route) => `${route.method} ${route.path}`).join(", ");
  return send(reply, 404, { error: `the admin API has no ${path}; it has ${known}` });
}

function fits(template: string, path: string): boolean {
  const [expected, given] = [template.split("/"), path.split("/")];
  return expected.length === given.length && expected.every((part, at) => part.startsWith("{") || part === given[at]);
}

/** With a line break, so that a shell's prompt comes on a line of its own. */
function send(reply: FastifyReply, status: number, answer: unknown): FastifyReply {
  return reply
    .code(status)
    .type("application/json")
    .send(`${JSON.stringify(answer)}\n`);
}

const paramsSchema = z.record(z.string(), z.string()).catch({});

async function answerTo(perform: () => unknown, bodyText: string) {
  try {
    return { status: 200, answer: await perform() };
  } catch (err) {
    return { status: err instanceof NotThereError ? 404 : 400, answer: { error: explain(err, bodyText) } };
  }
}

function explain(err: unknown, bodyText: string): string {
  const words = explainOrderError(err, err instanceof z.ZodError ? bodyOf(bodyText) : undefined);
  if (words === undefined) throw err;
  return words;
}
