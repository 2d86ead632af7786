import { ApiConfigError } from "./api-config-error.ts";
import type { RequestFill } from "./storage-request.ts";
import { storageRequest } from "./storage-request.ts";

/** What update is told in order to renew a temporary token, whatever the mode. */
export interface StorageUpdate {
  readonly storageConfig: ReturnType<typeof storageRequest>;
}

/**
 * The `clientRequest` of the update that brings a fresh temporary token: the whole storage as it was given at start, with
 * the new keys, `stsToken` and `stsExpiration`. Agora asks for one each hour. @see R 3.5, R 5.1
 * @throws ApiConfigError that lists all problems
 */
export function buildStorageUpdate(storageConfig: Readonly<Record<string, unknown>>, fill: RequestFill): StorageUpdate {
  if (storageConfig["stsToken"] === undefined) {
    throw new ApiConfigError("storage update", [
      { field: "storageConfig.stsToken", value: "missing", expected: "the new temporary token" },
    ]);
  }
  return { storageConfig: storageRequest(storageConfig, fill) };
}
