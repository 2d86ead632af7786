import { z } from "zod";
import { parseConfig } from "./api-config-error.ts";

const hex32Expectation = "32 hexadecimal digits as in Agora's console";
const hex32Schema = z.string({ error: hex32Expectation }).regex(/^[0-9a-fA-F]{32}$/, { error: hex32Expectation });

const credentialsSchema = z.object({ appId: hex32Schema, appCertificate: hex32Schema.optional() });

/** What names an app at Agora and signs its tokens. */
export interface AppCredentials {
  readonly appId: string;
  /** Absent when the project has no App Certificate: then recorders need no token. */
  readonly appCertificate?: string;
}

/**
 * Throws an `ApiConfigError` for an App ID or certificate of which Agora's token builder would make an empty token; for
 * start-up, before the first recorder needs one. Says nothing about whether Agora knows them.
 */
export function checkAppCredentials(credentials: AppCredentials): void {
  parseConfig(credentialsSchema, credentials, { subject: "credentials of the Agora app" });
}
