export type { Engine } from "./open-engine.ts";
export { engineSections } from "./engine-config.ts";
export { openEngine } from "./open-engine.ts";
