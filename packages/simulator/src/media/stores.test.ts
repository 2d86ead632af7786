import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StorageOrder } from "../core/recording.ts";
import { createFolderStore } from "./folder-store.ts";
import { createS3Store } from "./s3-store.ts";

const bytes = new Uint8Array([1, 2, 3]);
const order: StorageOrder = {
  vendor: 11,
  region: 0,
  bucket: "lessons",
  accessKey: "planted-access-key",
  secretKey: "planted-secret-key",
  fileNamePrefix: ["prod", "a1"],
  endpoint: "store.example.org",
};

describe("folder store", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "media-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test("a file lies under bucket and prefix, and the next one of its name replaces it", async () => {
    const store = createFolderStore(folder);
    await store.put({ storage: order, name: "x.m3u8", bytes: new Uint8Array([9]) });
    expect(await store.put({ storage: order, name: "x.m3u8", bytes })).toEqual({ kind: "stored" });
    expect([...readFileSync(join(folder, "lessons/prod/a1/x.m3u8"))]).toEqual([1, 2, 3]);
  });

  test.each(["..", "../../etc", "a/../../b", "", ".drafts"])(
    "the bucket %j does not lead out of the folder",
    async (bucket) => {
      const inner = join(folder, "inner");
      const storage = { ...order, bucket, fileNamePrefix: [] };
      expect(await createFolderStore(inner).put({ storage, name: "../x.ts", bytes })).toEqual({ kind: "stored" });
      expect(readdirSync(folder)).toEqual(["inner"]);
      expect(readdirSync(inner).filter((name) => name !== ".drafts")).toHaveLength(1);
    },
  );

  test("a file that cannot be put in its place leaves no draft behind", async () => {
    mkdirSync(join(folder, "lessons/prod/a1/x.ts/taken"), { recursive: true });
    const result = await createFolderStore(folder).put({ storage: order, name: "x.ts", bytes });
    expect(result).toMatchObject({ kind: "failed", errorCode: 47 });
    expect(readdirSync(join(folder, ".drafts"))).toEqual([]);
  });

  test("the drafts of another process on the same folder are not touched", async () => {
    mkdirSync(join(folder, ".drafts"));
    for (const name of ["1", "2", `${String(process.pid + 1)}-1`])
      writeFileSync(join(folder, ".drafts", name), "theirs");
    await createFolderStore(folder).put({ storage: order, name: "x.ts", bytes });
    expect(readdirSync(join(folder, ".drafts"))).toHaveLength(3);
    expect(readFileSync(join(folder, ".drafts/1"), "utf8")).toBe("theirs");
  });

  test("a folder that cannot be written is a failed upload", async () => {
    const result = await createFolderStore("/dev/null/media").put({ storage: order, name: "x.ts", bytes });
    expect(result).toMatchObject({ kind: "failed", errorCode: 47 });
  });
});

describe("S3 store", () => {
  const requests: Request[] = [];
  let answer: () => Response | Promise<Response> = () => new Response("");
  beforeEach(() => {
    requests.length = 0;
    vi.stubGlobal("fetch", (request: Request) => {
      requests.push(request);
      return Promise.resolve(answer());
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const put = (storage: StorageOrder, endpoint?: string) =>
    createS3Store({ endpoint, region: "us-east-1" }).put({ storage, name: "s_a.ts", bytes });

  test("an object is PUT with the keys of the start, signed, over TLS", async () => {
    answer = () => new Response("");
    expect(await put(order)).toEqual({ kind: "stored" });
    const [request] = requests;
    expect([request?.method, request?.url]).toEqual(["PUT", "https://store.example.org/lessons/prod/a1/s_a.ts"]);
    expect(request?.headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=planted-access-key\/\d{8}\/us-east-1\/s3\//,
    );
    expect(request?.headers.get("content-type")).toBe("video/mp2t");
  });

  test("a store of this machine is spoken to without TLS, and a temporary token goes along", async () => {
    answer = () => new Response("");
    await put({ ...order, endpoint: "127.0.0.1:9090", stsToken: "temporary" });
    expect(requests[0]?.url).toBe("http://127.0.0.1:9090/lessons/prod/a1/s_a.ts");
    expect(requests[0]?.headers.get("x-amz-security-token")).toBe("temporary");
  });

  test("nothing is sent to a real cloud unless an endpoint stands in for it", async () => {
    answer = () => new Response("");
    for (const vendor of [1, 2, 6]) expect(await put({ ...order, vendor })).toEqual({ kind: "stored" });
    expect(requests).toEqual([]);
    await put({ ...order, vendor: 1 }, "http://127.0.0.1:1/");
    await put({ ...order, vendor: 2 }, "http://127.0.0.1:1/");
    expect(requests.map(({ url }) => url)).toEqual(["http://127.0.0.1:1/lessons/prod/a1/s_a.ts"]);
  });

  test.each([
    [403, "SignatureDoesNotMatch", 32],
    [404, "NoSuchBucket", 32],
    [409, "OperationAborted", 32],
  ])("%d %s is code %d, told without a key", async (status, code, errorCode) => {
    answer = () =>
      new Response(`<Error><Code>${code}</Code><AWSAccessKeyId>planted-access-key</AWSAccessKeyId></Error>`, {
        status,
      });
    const result = await put(order);
    expect(result).toMatchObject({ kind: "failed", errorCode });
    expect(JSON.stringify(result)).toContain(code);
    expect(JSON.stringify(result)).not.toContain("planted");
  });

  test("a store that is busy is asked again, and one that is away is code 47", async () => {
    answer = () => new Response("<Error><Code>SlowDown</Code></Error>", { status: 503 });
    expect(await put(order)).toMatchObject({ kind: "failed", errorCode: 47 });
    expect(requests.length).toBe(4);
    answer = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
    const away = await put(order);
    expect(away).toMatchObject({ kind: "failed", errorCode: 47 });
    expect(JSON.stringify(away)).toContain("ECONNREFUSED");
  });
});
