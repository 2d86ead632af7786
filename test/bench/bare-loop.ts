// The baseline of P1 to P3: kafkajs → token → two calls. It forgets a channel as soon as it has begun it.
import { readChannels } from "./bare-reader.ts";
import { bareStart } from "./bare-start.ts";

await readChannels("bare", (channelName) => {
  bareStart(channelName).catch((err: unknown) => process.stderr.write(`${String(err)}\n`));
  return Promise.resolve();
});
