// Records everybody of a channel in one picture, as HLS and MP4; changes the layout on the way.
// AGORA_APP_ID=… AGORA_CUSTOMER_ID=… AGORA_CUSTOMER_SECRET=… STORAGE_ACCESS_KEY=… STORAGE_SECRET_KEY=… \
//   node examples/mix.ts
// Node 24: your own, or ./node_modules/node/bin/node after an install of this repository. Without an account run
// `npm run simulator` and set AGORA_BASE_URL=http://127.0.0.1:8787, the credentials it prints and any storage keys.
// Somebody must be there: curl -d '{"channelName":"class-101","uid":7}' http://127.0.0.1:8787/admin/participants/join
// A failed check or Ctrl-C below ends this program only: the recorder then leaves when maxIdleTime is over.
import { randomInt } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  agoraHosts,
  buildStartClientRequest,
  createRecordingClient,
  createRetryingClient,
  recorderToken,
} from "@autorec/recording-api";

const channelName = process.env["CHANNEL"] ?? "class-101";
/** Nobody else in the channel may have it; another one for every recording of the channel. */
const uid = 900_000_001;
const mode = "mix" as const;

/** Where your server stands; a simulator or a proxy has no second host. */
const { baseUrl, ...hosts } = agoraHosts("eu");
const simulatorUrl = process.env["AGORA_BASE_URL"];

const once = createRecordingClient({
  baseUrl: simulatorUrl ?? baseUrl,
  ...(simulatorUrl === undefined ? { hosts } : {}),
  appId: variable("AGORA_APP_ID"),
  customerId: variable("AGORA_CUSTOMER_ID"),
  customerSecret: variable("AGORA_CUSTOMER_SECRET"),
  userAgent: "mix-example/1.0",
  timeouts: { acquireMs: 5_000, startMs: 10_000, queryMs: 5_000, stopMs: 10_000 },
  clock: { monotonicMs: () => performance.now() },
});
// What Agora's documents say to send again is sent again, after their pauses.
const client = createRetryingClient(once, { sleep: (waitMs) => setTimeout(waitMs) });

/** For a project with an App Certificate: one token per recording, it cannot be renewed. */
const certificate = process.env["AGORA_APP_CERTIFICATE"] ?? "";
const token =
  certificate === ""
    ? undefined
    : recorderToken({
        appId: variable("AGORA_APP_ID"),
        appCertificate: certificate,
        channelName,
        uid,
        issuedAtS: Math.floor(Date.now() / 1_000),
        salt: randomInt(1, 99_999_999),
        lifeS: 86_400,
      });

// A request that can never work is refused here, with every problem named, before anything is sent.
const clientRequest = buildStartClientRequest({
  preset: "mix-best-fit",
  // Single keys of the preset; channelType must be that of your RTC clients.
  recordingConfig: { channelType: 0, transcodingConfig: { backgroundColor: "#102030" } },
  maxIdleMs: 300_000, // the recorder leaves by itself when nobody is there for so long
  ...(token === undefined ? {} : { token }),
  storageConfig: {
    vendor: "amazon-s3",
    region: "eu-central-1",
    bucket: process.env["STORAGE_BUCKET"] ?? "my-recordings",
    accessKey: variable("STORAGE_ACCESS_KEY"),
    secretKey: variable("STORAGE_SECRET_KEY"),
    fileNamePrefix: ["autorec", "{channel}"], // every channel has a folder of its own: docs/storage.md
  },
  channelName,
});

// An answer is never an exception: its outcome says what it means, its reason why.
const acquired = await client.acquire({ channelName, uid, mode });
if (acquired.outcome !== "ok") throw new Error(`acquire: ${acquired.outcome}, ${acquired.reason}`);
const { host, resourceId } = acquired; // the start of a resource goes to the host of its acquire
const started = await client.start({ host, resourceId, channelName, uid, mode, clientRequest });
if (started.outcome !== "ok") throw new Error(`start: ${started.outcome}, ${started.reason}`);
const session = { host, resourceId, sid: started.sid, mode };

// ok means accepted. Only a query shows that it records; Agora takes some seconds.
for (let tries = 1; ; tries += 1) {
  const { outcome, reason } = await client.query(session);
  console.log(`look ${tries}: ${outcome}`);
  if (outcome === "alive") break;
  if (tries === 18) throw new Error(`it does not record: ${outcome}, ${reason}`);
  await setTimeout(Number(process.env["LOOK_EVERY_MS"] ?? 5_000));
}

// A layout replaces the whole one before: what is left out falls back to Agora's default.
const layout = await client.updateLayout({
  ...session,
  channelName,
  uid,
  clientRequest: { mixedVideoLayout: 0, backgroundColor: "#102030" },
});
console.log(`layout: ${layout.outcome}`);

await setTimeout(Number(process.env["RECORD_MS"] ?? 60_000));

// async: false waits for the files to reach the storage.
const stopped = await client.stop({ ...session, channelName, uid, async: false });
console.log(`stopped: ${stopped.outcome}`, stopped.recording?.files.map(({ fileName }) => fileName) ?? []);
await client.close();

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`set ${name}`);
  return value;
}
