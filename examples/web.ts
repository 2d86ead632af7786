// Records a web page as a browser shows it; pauses and goes on. The channel name is only a label here.
// AGORA_APP_ID=… AGORA_CUSTOMER_ID=… AGORA_CUSTOMER_SECRET=… STORAGE_ACCESS_KEY=… STORAGE_SECRET_KEY=… \
//   node examples/web.ts
// Node 24: your own, or ./node_modules/node/bin/node after an install of this repository. Without an account run
// `npm run simulator` and set AGORA_BASE_URL=http://127.0.0.1:8787, the credentials it prints and any storage keys.
// A failed check or Ctrl-C below ends this program only: the recorder then goes on until maxRecordingHour.
import { setTimeout } from "node:timers/promises";
import { buildStartClientRequest, createRecordingClient } from "@autorec/recording-api";

const channelName = process.env["CHANNEL"] ?? "class-101";
/** Nobody else in the channel may have it; another one for every recording of the channel. */
const uid = 900_000_003;
const mode = "web" as const;

const client = createRecordingClient({
  baseUrl: process.env["AGORA_BASE_URL"] ?? "https://api.agora.io",
  appId: variable("AGORA_APP_ID"),
  customerId: variable("AGORA_CUSTOMER_ID"),
  customerSecret: variable("AGORA_CUSTOMER_SECRET"),
  userAgent: "web-example/1.0",
  timeouts: { acquireMs: 5_000, startMs: 10_000, queryMs: 5_000, stopMs: 10_000 },
  clock: { monotonicMs: () => performance.now() },
});

// A request that can never work is refused here, with every problem named, before anything is sent.
const clientRequest = buildStartClientRequest({
  preset: "web-page", // with web.rtmpUrl and preset "web-page-rtmp" it is streamed too
  web: { url: process.env["PAGE_URL"] ?? "https://example.org/board?room={channel}", maxRecordingHour: 1 },
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

// Pause and go on; without an update a page is recorded until maxRecordingHour.
for (const onhold of [true, false]) {
  const clientRequest = { webRecordingConfig: { onhold } };
  const updated = await client.update({ ...session, channelName, uid, clientRequest });
  console.log(`onhold ${onhold ? "yes" : "no"}: ${updated.outcome}`);
}

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
