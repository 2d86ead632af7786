import type { CallResult } from "../core/answer.ts";
import type { Route } from "./route.ts";

/** Words of the commands as older servers wrote them into their errors. */
const commands: Readonly<Record<string, string>> = {
  query: "QueryCloudRecorder",
  update: "UpdateCloudRecorder",
  updateLayout: "UpdateLayoutCloudRecorder",
  stop: "StopCloudRecorder",
  start: "StartCloudRecorder",
};

/** An error of the service in the shape of older servers: ids and a serverResponse instead of a reason. @see R 4.4, R 6.2 */
export function olderError(result: CallResult, route: Route, ids: { readonly cname?: string; readonly uid?: string }) {
  const { code, reason, ...rest } = result.body;
  if (typeof code !== "number" || !("resourceId" in route)) return result;
  const sid = "sid" in route ? route.sid : "";
  const serverResponse = { command: commands[route.call], payload: { message: reason }, subscribeModeBitmask: 1 };
  return { ...result, body: { ...ids, code, resourceId: route.resourceId, serverResponse, sid, ...rest } };
}
