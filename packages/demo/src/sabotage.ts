import { recorderToken } from "@autorec/recording-api";
import type { Stack } from "./stack/start-stack.ts";

/** Starts a recorder that autorec knows nothing of, as a second deployment or a person with curl would. */
export async function startForeignRecorder(
  stack: Pick<Stack, "secrets" | "simulatorProcess">,
  channel: string,
): Promise<void> {
  const { secrets, simulatorProcess } = stack;
  const base = `${simulatorProcess.url}/v1/apps/${secrets.appId}/cloud_recording`;
  const authorization = `Basic ${Buffer.from(`${secrets.customerId}:${secrets.customerSecret}`).toString("base64")}`;
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${base}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return response.json();
  };
  const recorder = { cname: channel, uid: "77" };
  const acquired = await post("/acquire", { ...recorder, clientRequest: {} });
  if (typeof acquired !== "object" || acquired === null || !("resourceId" in acquired))
    throw new Error("the foreign acquire was refused");
  await post(`/resourceid/${String(acquired.resourceId)}/mode/mix/start`, {
    ...recorder,
    clientRequest: {
      token: foreignToken(stack, channel),
      recordingConfig: { channelType: 0, maxIdleTime: 20 },
      storageConfig: { vendor: 1, region: 0, bucket: "b", accessKey: "a", secretKey: "s" },
    },
  });
}

function foreignToken({ secrets }: Pick<Stack, "secrets">, channelName: string): string {
  return recorderToken({
    appId: secrets.appId,
    appCertificate: secrets.appCertificate,
    channelName,
    uid: 77,
    issuedAtS: Math.floor(Date.now() / 1_000),
    salt: 1,
    lifeS: 3_600,
  });
}
