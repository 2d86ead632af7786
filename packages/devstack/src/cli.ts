// Kafka and Redis in the foreground, for working on the services by hand: prints the variables that point to them.
import { messageOf } from "./devstack-error.ts";
import { startDevstack } from "./start-devstack.ts";

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
