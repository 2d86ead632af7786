import { describe, expect, test } from "vitest";
import { areaOfRegion, resolveRegion, resolveVendor, storageVendors } from "./storage-vendors.ts";

describe("names of storages and regions", () => {
  test.each([
    ["amazon-s3", 1],
    ["Amazon_S3", 1],
    ["s3", 1],
    [1, 1],
    ["aliyun-oss", 2],
    ["Tencent COS", 3],
    ["azure-blob", 5],
    ["gcs", 6],
    ["huawei-obs", 7],
    ["baidu-bos", 8],
    ["s3-compatible", 11],
  ])("vendor %s is %i", (vendor, number) => {
    expect(resolveVendor(vendor)).toEqual({ ok: true, number });
  });

  test.each([
    ["amazon-s3", "eu-central-1", 7],
    ["amazon-s3", "EU_CENTRAL_1", 7],
    ["amazon-s3", "us-gov-west-1", 17],
    ["amazon-s3", "ap-southeast-3", 24],
    ["amazon-s3", "il-central-1", 28],
    ["alibaba-oss", "cn-wulanchabu", 25],
    ["alibaba-oss", "AP_Southeast_7", 27],
    ["alibaba-oss", "cn-southeast-7", 27],
    ["tencent-cos", "ap-beijing-1", 0],
    ["tencent-cos", "ap-beijing", 1],
    ["tencent-cos", "ap-shenzhen-fsi", 6],
    ["tencent-cos", "eu-moscow", 19],
    ["huawei-obs", "cn-north-4", 1],
    ["huawei-obs", "la-south-2", 14],
    ["huawei-obs", "sa-chile-1", 15],
    ["baidu-bos", "Baoding", 1],
    ["baidu-bos", "hkg", 4],
    ["baidu-bos", "fsh", 7],
    ["amazon-s3", 7, 7],
  ])("region %s %s is %i", (vendor, region, number) => {
    expect(resolveRegion(vendor, region)).toEqual({ ok: true, number });
  });

  test.each(["azure-blob", "google-cloud-storage", "s3-compatible", 5, 6, 11])("%s needs no region", (vendor) => {
    expect(resolveRegion(vendor, undefined)).toEqual({ ok: true, number: 0 });
  });

  test.each([
    [0, "Qiniu Kodo was removed"],
    ["qiniu", "Qiniu Kodo was removed"],
    [4, "Kingsoft KS3 was removed"],
    [9, "one of amazon-s3 (1), alibaba-oss (2)"],
    ["amazn-s3", 'did you mean "amazon-s3"?'],
    ["dropbox", "one of amazon-s3 (1)"],
  ])("vendor %s is refused: %s", (vendor, words) => {
    const resolved = resolveVendor(vendor);
    expect(resolved.ok ? "" : resolved.expected).toContain(words);
  });

  test.each([
    [
      "amazon-s3",
      "eu-centrall-1",
      'EU_WEST_1, EU_WEST_2, EU_WEST_3, EU_CENTRAL_1, EU_NORTH_1, EU_SOUTH_1; did you mean "EU_CENTRAL_1"?',
    ],
    ["amazon-s3", 26, "0 to 25, 28"],
    ["amazon-s3", undefined, "US_EAST_1, US_EAST_2"],
    ["tencent-cos", "frankfurt", "EU_Frankfurt"],
    ["alibaba-oss", 28, "0 to 27"],
  ])("region %s %s is refused with those nearest to it", (vendor, region, words) => {
    const resolved = resolveRegion(vendor, region);
    expect(resolved.ok ? "" : resolved.expected).toContain(words);
  });

  test("no two names of a vendor are alike without case and signs", () => {
    const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "");
    const unique = (names: readonly string[]): void => {
      expect(new Set(names.map(plain)).size).toBe(names.length);
    };
    unique(storageVendors.flatMap(({ aliases, name }) => [name, ...aliases]));
    for (const { regions = [] } of storageVendors) unique(regions.flatMap(({ aliases, name }) => [name, ...aliases]));
  });

  test("has as many regions as Agora lists", () => {
    const counts = storageVendors.map(({ name, regions }) => `${name} ${regions?.length ?? 0}`);
    expect(counts).toEqual([
      "amazon-s3 27",
      "alibaba-oss 28",
      "tencent-cos 20",
      "azure-blob 0",
      "google-cloud-storage 0",
      "huawei-obs 16",
      "baidu-bos 8",
      "s3-compatible 0",
    ]);
  });

  test.each([
    [1, 7, "EU"],
    [1, 0, "NA"],
    [1, 13, "NA"],
    [1, 15, "CN"],
    [1, 10, "AP"],
    [1, 12, undefined],
    [2, 7, undefined],
    [3, 1, "CN"],
    [3, 10, "AP"],
    [7, 12, undefined],
    [8, 5, "AP"],
    [6, 0, undefined],
  ])("vendor %i region %i lies in %s", (vendor, region, area) => {
    expect(areaOfRegion(vendor, region)).toBe(area);
  });
});
