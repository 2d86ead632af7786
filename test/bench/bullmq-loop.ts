// The second baseline of P3: as the bare loop, but each channel is a BullMQ job whose id is the channel, so that it runs once.
import { Queue, Worker } from "bullmq";
import { readChannels } from "./bare-reader.ts";
import { bareStart } from "./bare-start.ts";

const url = new URL(process.env["REDIS_URL"] ?? "");
const connection = { host: url.hostname, port: Number(url.port), maxRetriesPerRequest: null };
const prefix = process.env["AUTOREC_KEY_PREFIX"] ?? "";
const queue = new Queue("starts", { connection, prefix });
const worker = new Worker(
  "starts",
  async (job) => {
    await bareStart(job.name);
  },
  // As many starts at a time as autorec's consumer allows itself.
  { connection, prefix, concurrency: 128 },
);
worker.on("error", (err) => process.stderr.write(`${String(err)}\n`));
await worker.waitUntilReady();

const adds = new Set<Promise<unknown>>();
await readChannels("bullmq", async (channelName) => {
  const add = queue.add(channelName, {}, { jobId: channelName }).finally(() => adds.delete(add));
  adds.add(add);
  // As many adds under way as autorec has presence writes: waiting for each alone would be a slow reader.
  if (adds.size >= 32) await Promise.race(adds);
});
