import type { Mutation } from "./mutation.ts";

const table = "packages/recording-api/src/outcome-table.ts";
const tableTest = "packages/recording-api/src/outcome-table.test.ts";

/** The faults that the tests of the client and of the log must notice. */
export const recordingApiMutations: readonly Mutation[] = [
  {
    id: 17,
    title: 'gateway "no Route" counted as 404',
    file: table,
    find: 'match: [{ http: 404, gateway: "noRoute" }],\n    reason: "refused",\n    ...refusedForGood,',
    replace:
      'match: [{ http: 404, gateway: "noRoute" }],\n    reason: "refused",\n    ...refusedForGood,\n    query: notFound,\n    stop: notFound,',
    test: tableTest,
  },
  {
    id: 17,
    title: "5xx counted as 404",
    file: table,
    find: 'match: [{ http: [500, 599] }],\n    reason: "server_error",\n    ...serverFailed,',
    replace:
      'match: [{ http: [500, 599] }],\n    reason: "server_error",\n    ...serverFailed,\n    query: notFound,\n    stop: notFound,',
    test: tableTest,
  },
  {
    id: 38,
    title: "host switch between start retries: a start goes to any host",
    file: "packages/recording-api/src/recording-client.ts",
    find: 'if (host !== undefined && hosts.includes(host)) return { kind: "only", host };',
    replace: 'if (host !== undefined && hosts.includes(host)) return { kind: "prefer", host };',
    test: "packages/recording-api/src/hosts.test.ts",
  },
  {
    id: 38,
    title: "host switch between start retries: the host of the acquire is forgotten",
    file: "packages/domain/src/start-cells.ts",
    find: "...(told.host === undefined ? {} : { host: told.host }),",
    replace: "",
    test: "packages/reconciler/src/same-host.test.ts",
  },
  {
    id: 72,
    title: "a secret in the middle of a text is logged",
    file: "packages/service-kit/src/logger.ts",
    find: "if (clean.includes(value)) clean",
    replace: "if (clean === value) clean",
    test: "packages/service-kit/src/logger.test.ts",
  },
];
