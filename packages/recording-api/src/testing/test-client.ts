import type { AcquireAnswer, QueryAnswer, StartAnswer, StopAnswer, UpdateAnswer } from "@autorec/events";
import type { CallName } from "../answer-facts.ts";
import { buildStartClientRequest } from "../build-start-client-request.ts";
import type { RecordingClientOptions } from "../client-options.ts";
import type { CallOptions, RecordingClient } from "../recording-client.ts";
import { createRecordingClient } from "../recording-client.ts";

export const testAppId = "0123456789abcdef0123456789abcdef";

/** Planted: must never come back out of an error or an answer. */
export const testSecrets = {
  customerSecret: "planted-customer-secret",
  secretKey: "planted-storage-secret-key",
  accessKey: "planted-storage-access-key",
  token: "planted-recorder-token",
} as const;

/** A client with limits that no test reaches, unless it sets its own. */
export function testClient(options: Partial<RecordingClientOptions> & { readonly baseUrl: string }): RecordingClient {
  return createRecordingClient({
    appId: testAppId,
    customerId: "customer",
    customerSecret: testSecrets.customerSecret,
    userAgent: "autorec/0.0.0 test",
    timeouts: { acquireMs: 10_000, startMs: 10_000, queryMs: 10_000, updateMs: 10_000, stopMs: 10_000 },
    clock: { monotonicMs: () => 0 },
    ...options,
  });
}

/** A valid start request with planted secrets. */
export const testClientRequest = buildStartClientRequest({
  mode: "mix",
  recordingConfig: { channelType: 0 },
  storageConfig: {
    vendor: 1,
    region: 7,
    bucket: "recordings",
    accessKey: testSecrets.accessKey,
    secretKey: testSecrets.secretKey,
  },
  maxIdleMs: 300_000,
  token: testSecrets.token,
});

/** A valid change of subscriptions. */
export const testUpdate = { streamSubscribe: { audioUidList: { subscribeAudioUids: ["#allstream#"] } } };

const session = { resourceId: "resource-1", sid: "38f8e3cfdc474cd56fc1ceba380d7e1a", mode: "mix" } as const;
const recorder = { channelName: "class-101", uid: 4_000_000_002 } as const;

/** Makes one call with valid arguments. */
export function callBy(
  client: RecordingClient,
  call: CallName,
  options?: CallOptions,
): Promise<AcquireAnswer | StartAnswer | QueryAnswer | UpdateAnswer | StopAnswer> {
  switch (call) {
    case "acquire":
      return client.acquire({ ...recorder, mode: "mix" }, options);
    case "start":
      return client.start(
        { ...recorder, resourceId: "resource-1", mode: "mix", clientRequest: testClientRequest },
        options,
      );
    case "query":
      return client.query(session, options);
    case "update":
      return client.update({ ...session, ...recorder, clientRequest: testUpdate }, options);
    case "updateLayout":
      return client.updateLayout({ ...session, ...recorder, clientRequest: { mixedVideoLayout: 1 } }, options);
    case "stop":
      return client.stop({ ...session, ...recorder }, options);
  }
}
