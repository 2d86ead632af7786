import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Service } from "../api/handle-request.ts";
import { handleRequest } from "../api/handle-request.ts";
import type { PresenceService } from "../presence/handle-presence-request.ts";
import { contentTypeOf } from "./create-server.ts";

/**
 * Everything that no other route takes is a call to Agora: to its channel management, to its recording, or what its
 * gateway answers "no Route" to.
 */
export function addAgoraRoutes(
  server: FastifyInstance,
  service: Service & { readonly presence: PresenceService },
): void {
  server.setNotFoundHandler(async (request, reply) => {
    const [path = "", query = ""] = request.url.split("?", 2);
    const raw = {
      method: request.method,
      path,
      host: request.host,
      authorization: request.headers.authorization,
      userAgent: request.headers["user-agent"],
      contentType: contentTypeOf(request.raw),
      bodyText: typeof request.body === "string" ? request.body : "",
      isAbandoned: () => request.raw.socket.destroyed,
    };
    const outcome = await (service.presence.handle({ ...raw, query }) ?? handleRequest(service, raw));
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
