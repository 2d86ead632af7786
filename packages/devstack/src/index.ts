export type { Devstack, DevstackOptions } from "./start-devstack.ts";
export { startDevstack } from "./start-devstack.ts";
