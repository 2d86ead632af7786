// Kafka and Redis in the foreground, for working on the services by hand: prints the variables that point to them.
import { messageOf } from "./devstack-error.ts";
import { startDevstack } from "./start-devstack.ts";

const usage = `npm run devstack
  Kafka and Redis until Ctrl-C; prints KAFKA_BROKERS and REDIS_URL. Where one of them is set, that one is used instead.`;

const [option] = process.argv.slice(2);
if (option === "--help") process.stdout.write(`${usage}\n`);
else if (option === undefined) await keepRunning();
else {
  process.stderr.write(`${option}: expected no arguments\n${usage}\n`);
  process.exitCode = 2;
}

/** Resolves when both run; they end with the first Ctrl-C or SIGTERM. */
async function keepRunning(): Promise<void> {
  try {
    const devstack = await startDevstack({ log: (line) => process.stderr.write(`${line}\n`) });
    process.stdout.write(`KAFKA_BROKERS=${devstack.kafkaBrokers}\nREDIS_URL=${devstack.redisUrl}\n`);
    process.stderr.write("devstack: ready; Ctrl-C ends it\n");
    const keepAlive = setInterval(() => undefined, 60_000);
    const end = (): void => {
      clearInterval(keepAlive);
      devstack.stop().catch((err: unknown) => {
        process.stderr.write(`${messageOf(err)}\n`);
        process.exitCode = 1;
      });
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
  } catch (err) {
    process.stderr.write(`${messageOf(err)}\n`);
    process.exitCode = 1;
  }
}
