import { z } from "zod";
import type { AdminRoute } from "./admin-route.ts";
import { errorAnswer } from "./answers.ts";

/** The admin API as OpenAPI 3.1, made of the schemas that the server itself reads orders with. */
export function describeAdminApi(routes: readonly AdminRoute[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Agora Cloud Recording simulator: admin API",
      version: "1",
      description: "Lets things happen in the simulator. See docs/simulator.md.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:8787" }],
    paths,
  };
}

function describeRoute({ name, does, path, body, bodyType = "application/json", answer, missing }: AdminRoute) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
    name: parameter,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: name,
    summary: does,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [bodyType]: { schema: schemaOf(body, "input") } } } }),
    responses: {
      "200": { description: "Done.", content: jsonOf(answer) },
      "400": { description: "The order is wrong; nothing happened.", content: jsonOf(errorAnswer) },
      ...(missing === undefined ? {} : { "404": { description: missing, content: jsonOf(errorAnswer) } }),
    },
  };
}

function jsonOf(schema: z.ZodType) {
  return { "application/json": { schema: schemaOf(schema, "output") } };
}

/** OpenAPI 3.1 takes JSON Schema as it is; the dialect is said once for all. */
function schemaOf(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
