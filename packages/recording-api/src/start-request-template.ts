import { ApiConfigError } from "./api-config-error.ts";
import { buildStartClientRequest, checkedAs } from "./build-start-client-request.ts";
import type { StartClientRequestParts } from "./build-start-client-request.ts";
import { filledPrefix } from "./storage-request.ts";
import { storageSettingsShape } from "./wire/storage-config.ts";
import type { StorageSettings } from "./wire/storage-config.ts";
import type { StartClientRequest } from "./wire/start-client-request.ts";

/** What differs between the requests of one rule. */
type AttemptParts = Pick<StartClientRequestParts, "channelName" | "dateAtMs" | "maxIdleMs" | "token">;

/** The request of whichever attempt came first with such a span, and the folders before they are filled in. */
interface Base {
  readonly request: StartClientRequest;
  readonly prefix: StorageSettings["fileNamePrefix"];
}

/** More spans than a rule and its earlier versions have are nothing to remember. */
const basesMax = 16;

/**
 * Builds the requests of one rule as `buildStartClientRequest` does, to the letter and with its errors, and checks what they
 * have in common once. The parts must not be changed afterwards.
 */
export function startRequestTemplate(
  parts: Omit<StartClientRequestParts, keyof AttemptParts | "nowMs">,
): (own: AttemptParts) => StartClientRequest {
  const bases = new Map<string, Base>();

  function baseOf(own: AttemptParts): Base {
    const name = `${String(own.maxIdleMs)} ${String(own.token === undefined)}`;
    const known = bases.get(name);
    if (known !== undefined) return known;
    const request = buildStartClientRequest({ ...parts, ...own });
    const base = { request, prefix: storageSettingsShape.fileNamePrefix.parse(parts.storageConfig["fileNamePrefix"]) };
    if (bases.size >= basesMax) bases.clear();
    bases.set(name, base);
    return base;
  }

  return (own) => {
    const { prefix, request } = baseOf(own);
    const folders = prefix === undefined ? {} : foldersOf(prefix, own);
    // The address of a page may hold the channel's name, too; and what is wrong is told by who checks all of it.
    const isPage = request.extensionServiceConfig !== undefined;
    if (isPage || folders === undefined || own.token === "") return buildStartClientRequest({ ...parts, ...own });
    return checkedAs(request, {
      ...request,
      ...(own.token === undefined ? {} : { token: own.token }),
      storageConfig: { ...request.storageConfig, ...folders },
    });
  };
}

/** Undefined when they cannot be filled in. */
function foldersOf(
  prefix: NonNullable<Base["prefix"]>,
  own: AttemptParts,
): { readonly fileNamePrefix: readonly string[] } | undefined {
  try {
    return { fileNamePrefix: filledPrefix(prefix, own) };
  } catch (err) {
    if (err instanceof ApiConfigError) return undefined;
    throw err;
  }
}
