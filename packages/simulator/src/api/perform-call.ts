import { acquire } from "../core/acquire-call.ts";
import type { CallResult } from "../core/answer.ts";
import { noRoute, refusal } from "../core/answer.ts";
import { query, stop } from "../core/control-calls.ts";
import type { ControlRequest } from "../core/find-recording.ts";
import { start } from "../core/start-call.ts";
import { update, updateLayout } from "../core/update-calls.ts";
import type { RecordingMode } from "../core/recording.ts";
import type { World } from "../core/world.ts";
import type { Gateway } from "./gateway.ts";
import type { RequestJson } from "./request-body.ts";
import { isJsonType } from "./request-body.ts";
import type { Route } from "./route.ts";

/** A request that was taken apart, but not yet judged. */
export interface ReadCall {
  readonly route: Route;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: RequestJson;
}

/** Carries out one call as Agora would: gateway first, then the service. Takes effect at once or not at all. */
export function performCall(service: { readonly world: World; readonly gateway: Gateway }, call: ReadCall): CallResult {
  const { world, gateway } = service;
  const { route, authorization, body } = call;
  if (route.call === "other") return noRoute;
  const refused = gateway.refuse({ authorization, appId: route.appId }) ?? refuseBody(world, call);
  if (refused !== undefined) return refused;

  const json = body.kind === "json" ? body.value : undefined;
  if (route.call === "acquire") return acquire(world, { appId: route.appId, json });
  const { appId, resourceId } = route;
  const mode = recordingMode(route.mode);
  if (mode === undefined) return refuseMode(world);
  if (route.call === "start") return start(world, { appId, resourceId, mode, json });
  const request: ControlRequest = { appId, resourceId, mode, sid: route.sid, json };
  switch (route.call) {
    case "query":
      return query(world, request);
    case "update":
      return update(world, request);
    case "updateLayout":
      return updateLayout(world, request);
    case "stop":
      return stop(world, request);
  }
}

/** Header and body must be JSON; a query has no body, so that nothing is wrong with whatever its header says. */
function refuseBody(world: World, { route, contentType, body }: ReadCall): CallResult | undefined {
  if (route.call === "query") return undefined;
  const { contentTypeCheck, malformedCode } = world.settings.switches;
  if (contentTypeCheck === "jsonOrAbsent" && !isJsonType(contentType)) {
    return refusal(400, malformedCode, "invalid Content-Type, expected application/json");
  }
  return body.kind === "malformed" ? refusal(400, malformedCode, body.reason) : undefined;
}

function recordingMode(word: string): RecordingMode | undefined {
  return word === "individual" || word === "mix" || word === "web" ? word : undefined;
}

function refuseMode(world: World): CallResult {
  return world.settings.switches.unknownModeAnswer === "noRoute" ? noRoute : refusal(400, 2, "invalid mode");
}
