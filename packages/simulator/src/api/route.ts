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

const acquirePath = /^\/v1\/apps\/([^/]+)\/cloud_recording\/acquire$/;
const startPath = /^\/v1\/apps\/([^/]+)\/cloud_recording\/resourceid\/([^/]+)\/mode\/([^/]+)\/start$/;
const controlPath =
  /^\/v1\/apps\/([^/]+)\/cloud_recording\/resourceid\/([^/]+)\/sid\/([^/]+)\/mode\/([^/]+)\/(query|update|updateLayout|stop)$/;

/** Paths are case-sensitive; everything is POST but query. */
export function matchRoute(method: string, path: string): Route {
  const acquire = acquirePath.exec(path);
  if (acquire !== null && method === "POST") return { call: "acquire", appId: acquire[1] ?? "" };
  const start = startPath.exec(path);
  if (start !== null && method === "POST") {
    return { call: "start", appId: start[1] ?? "", resourceId: start[2] ?? "", mode: start[3] ?? "" };
  }
  const control = controlPath.exec(path);
  const call = controlCall(control?.[5]);
  if (control === null || call === undefined || method !== (call === "query" ? "GET" : "POST"))
    return { call: "other" };
  return { call, appId: control[1] ?? "", resourceId: control[2] ?? "", sid: control[3] ?? "", mode: control[4] ?? "" };
}

function controlCall(word: string | undefined): "query" | "update" | "updateLayout" | "stop" | undefined {
  return word === "query" || word === "update" || word === "updateLayout" || word === "stop" ? word : undefined;
}
