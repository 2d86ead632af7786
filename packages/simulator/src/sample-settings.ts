import type { SimulatorSettingsInput } from "./settings/simulator-settings.ts";

/** The one account of a simulator that was started without settings. Made up: they open nothing anywhere else. */
const sampleAccount = {
  customerId: "demo-customer-id",
  customerSecret: "demo-customer-secret-not-secret",
  appId: "0123456789abcdef0123456789abcdef",
} as const;

/** Settings for whoever brings none: no certificate, so no token is needed, and Agora's usual limits. */
export function sampleSettings(profile: "real" | "fast"): SimulatorSettingsInput {
  const { customerId, customerSecret, appId } = sampleAccount;
  return { profile, accounts: [{ customerId, customerSecret, apps: [{ appId }] }] };
}

/** What to do with it, ready to be pasted into a shell. */
export function welcome(baseUrl: string): string {
  const { customerId, customerSecret, appId } = sampleAccount;
  return `
  App ID           ${appId}   (no certificate: no token needed)
  Customer ID      ${customerId}
  Customer secret  ${customerSecret}

Point a client's base URL at ${baseUrl}, or try it by hand:

  curl -d '{"channelName":"room","uid":7}' ${baseUrl}/admin/participants/join
  curl -u ${customerId}:${customerSecret} -H 'content-type: application/json' \\
    -d '{"cname":"room","uid":"900","clientRequest":{}}' \\
    ${baseUrl}/v1/apps/${appId}/cloud_recording/acquire
  curl ${baseUrl}/admin/state

The whole walk, faults, scenarios and the admin API: docs/simulator.md
`;
}
