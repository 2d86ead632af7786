export { openDeployment } from "./open-deployment.ts";
export { runCli } from "./run-cli.ts";
export type { CliOptions } from "./run-cli.ts";
export type { Terminal } from "./session.ts";
