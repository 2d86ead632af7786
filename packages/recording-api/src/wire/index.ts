export { acquireRequestSchema, startRequestSchemas, stopRequestSchema } from "./requests.ts";
