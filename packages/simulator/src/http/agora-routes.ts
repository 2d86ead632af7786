import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Service } from "../api/handle-request.ts";
import { handleRequest } from "../api/handle-request.ts";
import { contentTypeOf } from "./create-server.ts";

/** Everything that no other route takes is a call to Agora, or what Agora's gateway answers "no Route" to. */
export function addAgoraRoutes(server: FastifyInstance, service: Service): void {
  server.setNotFoundHandler(async (request, reply) => {
    const outcome = await handleRequest(service, {
      method: request.method,
      path: request.url.split("?", 1)[0] ?? request.url,
      authorization: request.headers.authorization,
      userAgent: request.headers["user-agent"],
      contentType: contentTypeOf(request.raw),
      bodyText: typeof request.body === "string" ? request.body : "",
      isAbandoned: () => request.raw.socket.destroyed,
    });
    if (outcome.kind !== "answer") {
      giveNoAnswer(request, reply, outcome.kind);
      return reply;
    }
    const { status, body, requestId, headers } = outcome;
    return reply
      .code(status)
      .headers(headers)
      .header("x-request-id", requestId)
      .type("application/json")
      .send(typeof body === "string" ? body : JSON.stringify(body));
  });
}

/** `drop` looks like a network that broke (connection reset), `hang` like one that swallows. */
function giveNoAnswer(request: FastifyRequest, reply: FastifyReply, how: "drop" | "hang"): void {
  reply.hijack();
  if (how === "hang") return;
  const { socket } = request.raw;
  // Only a plain connection can be reset; under TLS it is cut.
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
