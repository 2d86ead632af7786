import { hostname } from "node:os";

/** Names this process among its like: host and process id. */
export function defaultInstanceId(): string {
  return `${hostname()}-${process.pid}`;
}
