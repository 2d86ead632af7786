import type { SimulatorSwitches } from "../../settings/switches.ts";
import type { JsonObject } from "./json-value.ts";
import { isJsonObject, withValueAt } from "./json-value.ts";

const spellings = [
  ["unsubscribeAudioUids", "unSubscribeAudioUids"],
  ["unsubscribeVideoUids", "unSubscribeVideoUids"],
] as const;

/** The body with the lower-case spelling of the black lists put right, when the switch accepts it. @see R 3.6 */
export function spelledRight(
  json: unknown,
  place: readonly string[],
  switches: Pick<SimulatorSwitches, "lowerCaseUnsubscribe">,
): unknown {
  if (switches.lowerCaseUnsubscribe === "ignored") return json;
  return withValueAt(json, place, (lists) => (isJsonObject(lists) ? renamed(lists) : lists));
}

function renamed(lists: JsonObject): JsonObject {
  const entries = Object.entries(lists).map(([key, value]) => {
    const right = spellings.find(([wrong]) => wrong === key)?.[1];
    return [right ?? key, value] as const;
  });
  return Object.fromEntries(entries);
}
