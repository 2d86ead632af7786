/** A path of the channel management API, or of the senders' addresses, taken apart. @see E 4.2, E 1.5 */
export type PresenceRoute =
  | { readonly call: "listChannels"; readonly appId: string }
  | { readonly call: "listUsers"; readonly appId: string; readonly channelName: string; readonly hostsOnly: boolean }
  | { readonly call: "userStatus"; readonly appId: string; readonly channelName: string; readonly uid: string }
  | { readonly call: "kick" }
  | { readonly call: "ncsIp"; readonly version: "v1" | "v2" };

/** Undefined for every other path or method. */
export function matchPresenceRoute(method: string, path: string): PresenceRoute | undefined {
  if (path === "/dev/v1/kicking-rule") return method === "POST" ? { call: "kick" } : undefined;
  if (method !== "GET") return undefined;
  if (path === "/v1/ncs/ip") return { call: "ncsIp", version: "v1" };
  if (path === "/v2/ncs/ip") return { call: "ncsIp", version: "v2" };
  if (!path.startsWith(channelPath)) return undefined;
  const parts = decodeParts(path.slice(channelPath.length));
  return parts === undefined || parts.includes("") ? undefined : queryOf(parts);
}

const channelPath = "/dev/v1/channel/";

function queryOf(parts: readonly string[]): PresenceRoute | undefined {
  const [first = "", appId = "", channelName = "", last = ""] = parts;
  if (parts.length === 1) return { call: "listChannels", appId: first };
  if (first !== "user") return undefined;
  if (parts.length === 3) return { call: "listUsers", appId, channelName, hostsOnly: false };
  if (parts.length === 4 && last === "hosts_only") return { call: "listUsers", appId, channelName, hostsOnly: true };
  if (parts.length !== 5 || appId !== "property") return undefined;
  return { call: "userStatus", appId: channelName, uid: last, channelName: parts[4] ?? "" };
}

/** Names may hold every character once they are decoded, so the path is cut before. */
function decodeParts(path: string): readonly string[] | undefined {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
