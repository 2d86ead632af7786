// What the job costs without any state: read a join, mint a token, acquire, start. No lock, no retry, no record, no proof.
import { recorderToken } from "@autorec/recording-api";
import { Kafka, logLevel } from "kafkajs";
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

async function startRecorder(channelName: string): Promise<void> {
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

const kafka = new Kafka({ brokers: env("KAFKA_BROKERS").split(","), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `${env("AUTOREC_GROUP")}-bare`, maxWaitTimeInMs: 1_000 });
await consumer.connect();
await consumer.subscribe({ topic: `${env("AUTOREC_TOPIC_PREFIX")}rtc.channel-events`, fromBeginning: true });
consumer.on(consumer.events.GROUP_JOIN, () => process.stdout.write("ready\n"));
await consumer.run({
  eachMessage: ({ message }) => {
    const event: unknown = JSON.parse(message.value?.toString() ?? "{}");
    if (typeof event !== "object" || event === null || !("channelName" in event)) return Promise.resolve();
    startRecorder(String(event.channelName)).catch((err: unknown) => process.stderr.write(`${String(err)}\n`));
    return Promise.resolve();
  },
});
