/**
 * What makes a broker quick to use: groups form at once, sessions may be short, and one node holds everything.
 * The internal topics have few partitions because one is loaded for each group that starts.
 */
const sharedSettings = {
  "auto.create.topics.enable": "false",
  "controller.listener.names": "CONTROLLER",
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "1000",
  "log.cleaner.dedupe.buffer.size": "8388608",
  "node.id": "1",
  "offsets.topic.num.partitions": "4",
  "offsets.topic.replication.factor": "1",
  "process.roles": "broker,controller",
  "share.coordinator.state.topic.min.isr": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "1",
  "transaction.state.log.replication.factor": "1",
};

/** Settings of a one-node broker that clients reach at 127.0.0.1:`port`; with port inside equal to port outside. */
export function kafkaSettings(port: number, controllerPort: number, logDirs: string, bind: string) {
  return {
    ...sharedSettings,
    listeners: `PLAINTEXT://${bind}:${port},CONTROLLER://${bind}:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": logDirs,
  };
}

/** The same as environment variables of the apache/kafka image. */
export function asImageEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`KAFKA_${name.replaceAll(".", "_").toUpperCase()}`, value]),
  );
}
