export { nearestName } from "./nearest-name.ts";
export type { Secret } from "./secret.ts";
export { isSecret, maskSecret, secretOf } from "./secret.ts";
