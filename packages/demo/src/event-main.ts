import { createSimulatorClient } from "@autorec/simulator";
import { Kafka, logLevel } from "kafkajs";
import { readRunFile } from "./run-file.ts";

/** The reserved range of recorder uids begins above it. */
const personUidMax = 3_999_999_999;

const usage = `npm run event -- join CHANNEL UID      the person enters the channel, and the event is published
npm run event -- leave CHANNEL UID     the person leaves`;

await main(process.argv.slice(2)).catch((err: unknown) => {
  process.stderr.write(`event: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});

/** Puts a person into the simulator's channel and publishes autorec's own event, as an app's backend would. */
async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const [verb, channelName, uidText = "", ...more] = args;
  const uid = /^\d{1,10}$/.test(uidText) ? Number(uidText) : 0;
  const isKnown = verb === "join" || verb === "leave";
  if (!isKnown || channelName === undefined || more.length > 0 || uid < 1 || uid > personUidMax) {
    const range = `1 to ${String(personUidMax)} (larger ones are kept for recorders)`;
    process.stderr.write(`expected join or leave, a channel and a uid from ${range}\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const run = readRunFile();
  const simulator = createSimulatorClient(run.simulatorUrl);
  const happened =
    verb === "join" ? await simulator.join({ channelName, uid }) : await simulator.leave({ channelName, uid });
  if (happened === "not_there") {
    process.stdout.write(`${String(uid)} is not in ${channelName}; nothing was published\n`);
    return;
  }
  await publish(run, { verb, channelName, uid });
  const seen = verb === "join" ? "a recorder joins within a second" : "the recorder is stopped after the grace";
  process.stdout.write(`${String(uid)} ${happened} ${channelName}; event published: ${seen}\n`);
}

async function publish(
  run: { readonly kafkaBrokers: string; readonly topic: string; readonly appId: string },
  event: { readonly verb: "join" | "leave"; readonly channelName: string; readonly uid: number },
): Promise<void> {
  const kafka = new Kafka({ brokers: run.kafkaBrokers.split(","), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  const atMs = Date.now();
  await producer.connect();
  const value = JSON.stringify({
    schemaVersion: 1,
    type: event.verb === "join" ? "participant.joined" : "participant.left",
    appId: run.appId,
    channelName: event.channelName,
    uid: event.uid,
    clientSeq: atMs,
    atMs,
    ...(event.verb === "leave" ? { reason: 1 } : {}),
  });
  await producer.send({ topic: run.topic, messages: [{ key: event.channelName, value }] });
  await producer.disconnect();
}
