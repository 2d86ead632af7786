export { kafkaImage, redisImage } from "./images.ts";
export type { LocalS3, LocalS3Options } from "./local-s3.ts";
export { startLocalS3 } from "./local-s3.ts";
export type { Devstack, DevstackOptions } from "./start-devstack.ts";
export { startDevstack } from "./start-devstack.ts";
export { startSupervised } from "./start-supervised.ts";
export type { RunningProgram, Supervisor } from "./supervisor.ts";
export { startSupervisor } from "./supervisor.ts";
export type { Program } from "./supervisor-messages.ts";
