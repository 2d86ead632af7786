import { acquire } from "../core/acquire-call.ts";
import type { CallResult } from "../core/answer.ts";
import { noRoute, refusal } from "../core/answer.ts";
import type { ControlRequest } from "../core/control-calls.ts";
import { query, stop, update, updateLayout } from "../core/control-calls.ts";
import { start } from "../core/start-call.ts";
import type { World } from "../core/world.ts";
import type { Gateway } from "./gateway.ts";
import type { Route } from "./route.ts";

/** Carries out one call as Agora would: gateway first, then the service. Takes effect at once or not at all. */
export function performCall(
  service: { readonly world: World; readonly gateway: Gateway },
  call: { readonly route: Route; readonly authorization: string | undefined; readonly bodyText: string },
): CallResult {
  const { world, gateway } = service;
  const { route, authorization, bodyText } = call;
  if (route.call === "other") return noRoute;
  const refused = gateway.refuse({ authorization, appId: route.appId });
  if (refused !== undefined) return refused;

  const json = route.call === "query" ? undefined : parseJson(bodyText);
  if (route.call === "acquire") return acquire(world, { appId: route.appId, json });
  const { appId, resourceId, mode } = route;
  if (mode !== "individual" && mode !== "mix") return refuseMode(world, mode);
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

/** Web page recording is real at Agora, but nobody records channels with it: not simulated. */
function refuseMode(world: World, mode: string): CallResult {
  if (mode === "web") return refusal(400, 2, "mode web is not simulated");
  return world.settings.switches.unknownModeAnswer === "noRoute" ? noRoute : refusal(400, 2, "invalid mode");
}

/** Text that is no JSON becomes a value that no schema takes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schemas answer it: code 2.
    return undefined;
  }
}
