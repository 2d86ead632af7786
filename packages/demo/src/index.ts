export type { Action, ProcessFault, ProcessName } from "./scenario/action.ts";
export { dayScenario } from "./scenario/day-scenario.ts";
export type { PlayOptions } from "./scenario/play-scenario.ts";
export { playScenario } from "./scenario/play-scenario.ts";
export { stormScenario } from "./scenario/storm-scenario.ts";
export type { Stack, StackOptions } from "./stack/start-stack.ts";
export { startStack } from "./stack/start-stack.ts";
