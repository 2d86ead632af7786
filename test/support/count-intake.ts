import type { Stack } from "@autorec/demo";
import type { Devstack } from "@autorec/devstack";
import { Kafka, logLevel } from "kafkajs";

/** What became of the records of the input topic, judged from broker offsets alone (I5). */
export interface Intake {
  readonly records: number;
  /** Records whose offset the group has not committed. */
  readonly uncommitted: number;
  readonly deadLetters: number;
}

/** How long the group may take to commit what it has applied. */
const commitMsMax = 15_000;

export async function countIntake(stack: Stack, devstack: Pick<Devstack, "kafkaBrokers">): Promise<Intake> {
  const kafka = new Kafka({ brokers: devstack.kafkaBrokers.split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const topic = `${stack.runId}.rtc.channel-events`;
  const groupId = `${stack.runId}.consumer`;
  await admin.connect();
  try {
    const untilMs = performance.now() + commitMsMax;
    for (;;) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const records = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      const uncommitted = ends.reduce(
        (sum, { partition, high, low }) => sum + Number(high) - Math.max(Number(low), offsets.get(partition) ?? 0),
        0,
      );
      if (uncommitted === 0 || performance.now() > untilMs) {
        const dead = await admin.fetchTopicOffsets(`${topic}.dlq`);
        return {
          records,
          uncommitted,
          deadLetters: dead.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0),
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } finally {
    await admin.disconnect();
  }
}

/** What I5 forbids, one line each; everything that is published here is a good record. */
export function intakeProblems({ uncommitted, deadLetters }: Intake): readonly string[] {
  return [
    ...(uncommitted > 0 ? [`I5 ${String(uncommitted)} records not committed`] : []),
    ...(deadLetters > 0 ? [`I5 ${String(deadLetters)} good records dead-lettered`] : []),
  ];
}
