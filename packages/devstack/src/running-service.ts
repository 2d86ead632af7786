/** One service (Kafka or Redis) that answers. */
export interface RunningService {
  /** Where clients connect. */
  readonly address: string;
  /** What is used, for the line that devstack prints. */
  readonly describe: string;
  /** Stops and starts it with its port and data kept; absent when somebody else runs it. */
  readonly power?: ServicePower;
}

/** The switch of a service that devstack runs itself. */
export interface ServicePower {
  stop(): Promise<void>;
  /** Returns when the service answers again. */
  start(): Promise<void>;
}
