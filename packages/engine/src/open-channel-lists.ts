import { createChannelClient } from "@autorec/recording-api";
import type { ChannelClient, ChannelUsersAnswer } from "@autorec/recording-api";
import { systemClock } from "@autorec/service-kit";
import type { Policy } from "@autorec/settings";
import packageJson from "../package.json" with { type: "json" };
import type { Engine } from "./open-engine.ts";

/** Asks Agora who is in a channel; undefined where the configuration does not allow it. */
export type ListUsers = (channel: {
  readonly appId: string;
  readonly channelName: string;
}) => Promise<ChannelUsersAnswer> | undefined;

/** A client of channel management for every app with `channelManagement: true`; closed at shutdown. Sends nothing by itself. */
export function openChannelLists(engine: Pick<Engine, "deployment" | "instanceId" | "policy" | "shutdown">): ListUsers {
  const { deployment, instanceId, policy, shutdown } = engine;
  const clients = new Map<string, ChannelClient>();
  for (const app of allowedApps(policy)) {
    const client = createChannelClient({
      baseUrl: deployment.agoraBaseUrl,
      appId: app.appId,
      customerId: app.customerId,
      customerSecret: app.customerSecret.reveal(),
      userAgent: `autorec/${packageJson.version} ${instanceId}`,
      clock: systemClock,
      sleep: (ms) => systemClock.sleep(ms),
    });
    clients.set(app.appId, client);
    shutdown.onStop("channel management", () => client.close());
  }
  return ({ appId, channelName }) => clients.get(appId)?.listUsers(channelName);
}

function allowedApps(policy: Policy) {
  return [...policy.apps.values()].filter((app) => app.channelManagement);
}
