import type { SimulatorSwitches } from "../settings/switches.ts";

/** A path of the API, taken apart; `other` is a path or method that does not exist. */
export type Route =
  | { readonly call: "acquire"; readonly appId: string }
  | { readonly call: "start"; readonly appId: string; readonly resourceId: string; readonly mode: string }
  | {
      readonly call: "query" | "update" | "updateLayout" | "stop";
      readonly appId: string;
      readonly resourceId: string;
      readonly sid: string;
      readonly mode: string;
    }
  | { readonly call: "other" };

const regionalHost = /^api-[a-z]+-[a-z]+-\d+\.(?:agora\.io|sd-rtn\.com)(?::\d+)?$/i;
const acquirePath = /^\/v1\/apps\/([^/]+)\/cloud_recording\/acquire$/;
const startPath = /^\/v1\/apps\/([^/]+)\/cloud_recording\/resourceid\/([^/]+)\/mode\/([^/]+)\/start$/;
const controlPath =
  /^\/v1\/apps\/([^/]+)\/cloud_recording\/resourceid\/([^/]+)\/sid\/([^/]+)\/mode\/([^/]+)\/(query|update|updateLayout|stop)$/;

/** A request as far as its route goes. */
export interface RoutedRequest {
  readonly method: string;
  readonly path: string;
  /** As the caller named it, when it did. */
  readonly host?: string | undefined;
}

/** Paths are case-sensitive and may begin with a region; everything is POST but query. @see R 1.1, R 1.3, R 1.4 */
export function matchRoute(
  { method, path: fullPath, host = "" }: RoutedRequest,
  rules: Pick<SimulatorSwitches, "regionSegment" | "regionalHosts">,
): Route {
  if (rules.regionalHosts === "noRoute" && regionalHost.test(host)) return { call: "other" };
  const path = withoutRegion(fullPath, rules.regionSegment);
  const control = controlPath.exec(path);
  if (control !== null) {
    const call = controlCall(control[5]);
    if (call === undefined || method !== (call === "query" ? "GET" : "POST")) return { call: "other" };
    const [, appId = "", resourceId = "", sid = "", mode = ""] = control;
    return { call, appId, resourceId, sid, mode };
  }
  if (method !== "POST") return { call: "other" };
  const acquire = acquirePath.exec(path);
  if (acquire !== null) return { call: "acquire", appId: acquire[1] ?? "" };
  const start = startPath.exec(path);
  if (start === null) return { call: "other" };
  const [, appId = "", resourceId = "", mode = ""] = start;
  return { call: "start", appId, resourceId, mode };
}

function withoutRegion(path: string, northAmerica: SimulatorSwitches["regionSegment"]): string {
  if (path.startsWith("/v1/") || northAmerica === "none") return path;
  const region = /^\/(cn|eu|ap|us|na)(?=\/v1\/)/.exec(path)?.[1];
  if (region === undefined) return path;
  const isOtherWord = (region === "us" && northAmerica === "na") || (region === "na" && northAmerica === "us");
  return isOtherWord ? path : path.slice(region.length + 1);
}

function controlCall(word: string | undefined): "query" | "update" | "updateLayout" | "stop" | undefined {
  return word === "query" || word === "update" || word === "updateLayout" || word === "stop" ? word : undefined;
}
