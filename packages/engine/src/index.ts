export type { Engine } from "./open-engine.ts";
export { ControlWatch } from "./control-watch.ts";
export { controlKey, controlMessage } from "./control-journal.ts";
export { createJournal } from "./journal.ts";
export { engineSections } from "./engine-config.ts";
export type { ReplayTools } from "./open-engine.ts";
export { openEngine } from "./open-engine.ts";
export { readToEnd } from "./read-to-end.ts";
