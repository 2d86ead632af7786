import type { SimulatorSwitches } from "../../settings/switches.ts";
import { isJsonObject, valueAt, withValueAt } from "./json-value.ts";

type Leniency = Pick<SimulatorSwitches, "emptyTexts" | "needlessFields">;

/**
 * The body as a service reads it that has other people's clients for callers: Agora's own Go and Python clients send
 * `""` for texts that nobody set (token, sse, a window's uid), Agora's Postman collection a maxResolutionUid beside
 * every layout, its Go back end a streamMode in every mode. What is required is refused when it is empty, as when it is
 * missing.
 */
export function readLeniently(json: unknown, place: "start" | "update" | "layout", switches: Leniency): unknown {
  const full = switches.emptyTexts === "absent" ? withValueAt(json, ["clientRequest"], withoutEmptyTexts) : json;
  if (switches.needlessFields === "refused" || place === "update") return full;
  const layout = place === "layout" ? ["clientRequest"] : ["clientRequest", "recordingConfig", "transcodingConfig"];
  return withValueAt(full, layout, withoutNeedlessUid);
}

/** The same, and what is read of it in mode mix: streamMode belongs to mode individual. @see R 3.6 */
export function readMixLeniently(json: unknown, switches: Leniency): unknown {
  const read = readLeniently(json, "start", switches);
  if (switches.needlessFields === "refused") return read;
  return withValueAt(read, ["clientRequest", "recordingConfig"], (config) => without(config, "streamMode"));
}

/** The large picture is layout 2's alone. @see R 3.7 */
function withoutNeedlessUid(layout: unknown): unknown {
  const isNeedless =
    typeof valueAt(layout, ["maxResolutionUid"]) === "string" && valueAt(layout, ["mixedVideoLayout"]) !== 2;
  return isNeedless ? without(layout, "maxResolutionUid") : layout;
}

function without(value: unknown, key: string): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function withoutEmptyTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyTexts);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, text]) => text !== "");
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmptyTexts(inner)]));
}
