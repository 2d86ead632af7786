/**
 * kafkajs 2.2.4 computes a negative timeout in its request queue, and Node 24 prints a warning for each; the timer then
 * fires at once, which is what kafkajs wants. Warnings of any other code pass.
 */
export function silenceKafkaTimerWarning(host: Pick<NodeJS.Process, "emitWarning"> = process): void {
  const emitWarning = host.emitWarning.bind(host);
  host.emitWarning = (...args: readonly unknown[]) => {
    const ofKafka = args[1] === "TimeoutNegativeWarning" && (new Error().stack ?? "").includes("kafkajs");
    if (!ofKafka) Reflect.apply(emitWarning, undefined, args);
  };
}
