// What a start costs without any state: mint a token, acquire, start. No lock, no retry, no record, no proof.
import { recorderToken } from "@autorec/recording-api";
import { Pool } from "undici";

const env = (name: string): string => process.env[name] ?? "";
const appId = env("AGORA_APP_ID");
const pool = new Pool(env("AGORA_BASE_URL"), { connections: 128 });
const authorization = `Basic ${Buffer.from(`${env("AGORA_CUSTOMER_ID")}:${env("AGORA_CUSTOMER_SECRET")}`).toString("base64")}`;
const headers = { authorization, "content-type": "application/json" };

async function post(path: string, body: object): Promise<unknown> {
  const answer = await pool.request({
    method: "POST",
    path: `/v1/apps/${appId}/cloud_recording${path}`,
    headers,
    body: JSON.stringify(body),
  });
  return answer.body.json();
}

/** Starts a recorder in the channel; rejects when Agora hands out no resource. */
export async function bareStart(channelName: string): Promise<void> {
  const uid = 4_000_000_000;
  const token = recorderToken({
    appId,
    appCertificate: env("AGORA_APP_CERTIFICATE"),
    channelName,
    uid,
    issuedAtS: Math.floor(Date.now() / 1_000),
    salt: 1,
    lifeS: 86_400,
  });
  const acquired = await post("/acquire", { cname: channelName, uid: String(uid), clientRequest: {} });
  if (typeof acquired !== "object" || acquired === null || !("resourceId" in acquired))
    throw new Error("acquire failed");
  await post(`/resourceid/${String(acquired.resourceId)}/mode/mix/start`, {
    cname: channelName,
    uid: String(uid),
    clientRequest: { token },
  });
}
