import { nearestName } from "@autorec/service-kit/words";

/** One cloud storage that Agora writes to. */
interface StorageVendor {
  readonly number: number;
  /** The word to write in settings. */
  readonly name: string;
  readonly title: string;
  /** Other words that are understood. */
  readonly aliases: readonly string[];
  /** Region names of Agora by number; absent where Agora ignores the region. */
  readonly regions?: readonly Region[];
}

interface Region {
  readonly number: number;
  readonly name: string;
  readonly aliases: readonly string[];
}

/**
 * The storages that Agora writes to. Region names are Agora's, numbered in order where a gap is not written out; those of
 * older documents are kept, since they may still be in use. @see R 3.5.1, R 3.5.2
 */
export const storageVendors: readonly StorageVendor[] = [
  {
    number: 1,
    name: "amazon-s3",
    title: "Amazon S3",
    aliases: ["s3", "aws", "aws-s3"],
    regions: regionsOf(
      `US_EAST_1 US_EAST_2 US_WEST_1 US_WEST_2 EU_WEST_1 EU_WEST_2 EU_WEST_3 EU_CENTRAL_1 AP_SOUTHEAST_1 AP_SOUTHEAST_2
      AP_NORTHEAST_1 AP_NORTHEAST_2 SA_EAST_1 CA_CENTRAL_1 AP_SOUTH_1 CN_NORTH_1 CN_NORTHWEST_1 US_GOV_WEST_1 AF_SOUTH_1
      AP_EAST_1 AP_NORTHEAST_3 EU_NORTH_1 ME_SOUTH_1 US_GOV_EAST_1 AP_SOUTHEAST_3 EU_SOUTH_1 28:IL_CENTRAL_1`,
    ),
  },
  {
    number: 2,
    name: "alibaba-oss",
    title: "Alibaba Cloud OSS",
    aliases: ["oss", "alibaba", "aliyun", "aliyun-oss"],
    regions: regionsOf(
      `CN_Hangzhou CN_Shanghai CN_Qingdao CN_Beijing CN_Zhangjiakou CN_Huhehaote CN_Shenzhen CN_Hongkong US_West_1 US_East_1
      AP_Southeast_1 AP_Southeast_2 AP_Southeast_3 AP_Southeast_5 AP_Northeast_1 AP_South_1 EU_Central_1 EU_West_1 EU_East_1
      AP_Southeast_6 CN_Heyuan CN_Guangzhou CN_Chengdu CN_Nanjing CN_Fuzhou CN_Wulanchabu AP_Northeast_2/CN_Northeast_2
      AP_Southeast_7/CN_Southeast_7`,
    ),
  },
  {
    number: 3,
    name: "tencent-cos",
    title: "Tencent COS",
    aliases: ["cos", "tencent"],
    regions: regionsOf(
      `AP_Beijing_1 AP_Beijing AP_Shanghai AP_Guangzhou AP_Chengdu AP_Chongqing AP_Shenzhen_FSI AP_Shanghai_FSI
      AP_Beijing_FSI AP_Hongkong AP_Singapore AP_Mumbai AP_Seoul AP_Bangkok AP_Tokyo NA_Siliconvalley NA_Ashburn NA_Toronto
      EU_Frankfurt EU_Moscow`,
    ),
  },
  { number: 5, name: "azure-blob", title: "Microsoft Azure Blob", aliases: ["azure"] },
  { number: 6, name: "google-cloud-storage", title: "Google Cloud Storage", aliases: ["gcs", "google"] },
  {
    number: 7,
    name: "huawei-obs",
    title: "Huawei OBS",
    aliases: ["obs", "huawei"],
    regions: regionsOf(
      `CN_North_1 CN_North_4 CN_East_2 CN_East_3 CN_South_1 CN_Southwest_2 AP_Southeast_1 AP_Southeast_2 AP_Southeast_3
      AF_South_1 SA_Argentina_1 SA_Peru_1 NA_Mexico_1 SA_Brazil_1 LA_South_2 SA_Chile_1`,
    ),
  },
  {
    number: 8,
    name: "baidu-bos",
    title: "Baidu BOS",
    aliases: ["bos", "baidu"],
    regions: regionsOf(
      "Beijing/bj Baoding/bd Suzhou/su Guangzhou/gz Hongkong/hkg Singapore/sin Wuhan/fwh Shanghai/fsh",
    ),
  },
  { number: 11, name: "s3-compatible", title: "other S3-compatible storage", aliases: ["minio"] },
];

/** Storages that Agora's documents once named: nobody can use them any more, so people are told why. */
const removedVendors = [
  { number: 0, words: ["qiniu", "qiniu-kodo", "kodo"], title: "Qiniu Kodo" },
  { number: 4, words: ["kingsoft", "kingsoft-ks3", "ks3"], title: "Kingsoft KS3" },
] as const;

/** Numbers that older servers took. */
export const removedVendorNumbers: readonly number[] = removedVendors.map(({ number }) => number);

/** A number of Agora, or what was expected instead, as an end to "expected …". */
export type Resolved =
  { readonly ok: true; readonly number: number } | { readonly ok: false; readonly expected: string };

/** The number of a vendor given by name, alias or number; case, "-", "_" and blanks do not matter. */
export function resolveVendor(vendor: string | number): Resolved {
  const removed = removedVendors.find(({ number, words }) => number === vendor || words.some(isSame(vendor)));
  if (removed !== undefined) {
    return {
      ok: false,
      expected: `a storage that Agora still writes to (${removed.title} was removed): ${vendorList()}`,
    };
  }
  const found = vendorOf(vendor);
  if (found !== undefined) return { ok: true, number: found.number };
  const names = storageVendors.flatMap(({ aliases, name }) => [name, ...aliases]);
  const meant = typeof vendor === "string" ? nearestName(vendor, names) : undefined;
  return { ok: false, expected: `one of ${vendorList()}${meant === undefined ? "" : `; did you mean "${meant}"?`}` };
}

/** The number of a vendor's region given by Agora's name, the cloud's own spelling or number; 0 where it is ignored. */
export function resolveRegion(vendor: string | number, region: string | number | undefined): Resolved {
  const found = vendorOf(vendor);
  if (found?.regions === undefined) return { ok: true, number: typeof region === "number" ? region : 0 };
  if (region === undefined)
    return { ok: false, expected: `a region of ${found.title}: ${nearestRegions(found.regions, "")}` };
  const match = found.regions.find(({ aliases, name, number }) =>
    typeof region === "number" ? number === region : [name, ...aliases].some(isSame(region)),
  );
  if (match !== undefined) return { ok: true, number: match.number };
  return { ok: false, expected: `a region of ${found.title}: ${nearestRegions(found.regions, region)}` };
}

/** Agora's words for the part of the world that a region lies in, where that is certain. @see R 2.1 */
export function areaOfRegion(vendor: number, region: number): "CN" | "AP" | "EU" | "NA" | undefined {
  const name =
    vendorOf(vendor)
      ?.regions?.find(({ number }) => number === region)
      ?.name.toUpperCase() ?? "";
  // Hong Kong is told apart from the mainland by some vendors and not by others.
  if (name.includes("HONGKONG")) return undefined;
  if (vendor === 8) return name === "SINGAPORE" ? "AP" : "CN";
  switch (name.slice(0, 3)) {
    case "CN_":
      return "CN";
    case "AP_":
      // Tencent calls mainland China Asia-Pacific.
      return vendor === 3 && !/SINGAPORE|MUMBAI|SEOUL|BANGKOK|TOKYO/.test(name) ? "CN" : "AP";
    case "EU_":
      return "EU";
    case "US_":
    case "CA_":
    case "NA_":
      return name.includes("MEXICO") ? undefined : "NA";
    default:
      return undefined;
  }
}

function vendorOf(vendor: string | number): StorageVendor | undefined {
  return storageVendors.find(({ aliases, name, number }) =>
    typeof vendor === "number" ? number === vendor : [name, ...aliases].some(isSame(vendor)),
  );
}

function vendorList(): string {
  return storageVendors.map(({ name, number }) => `${name} (${number})`).join(", ");
}

function nearestRegions(regions: readonly Region[], wanted: string | number): string {
  const names = regions.map(({ name }) => name);
  if (typeof wanted === "number") return `${spanOf(regions)}, or a name such as ${names[names.length >> 1] ?? ""}`;
  const spelled = wanted.replaceAll(/[-\s]/g, "_");
  const meant = nearestName(spelled, names);
  const sameArea = names.filter((name) => isSame(name.slice(0, 2))(wanted.slice(0, 2)));
  const list = sameArea.length > 0 ? sameArea : names;
  return `${list.join(", ")}${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}

function spanOf(regions: readonly Region[]): string {
  const numbers = regions.map(({ number }) => number);
  const gap = numbers.findIndex((number, index) => number !== index);
  return gap === -1 ? `0 to ${numbers.length - 1}` : `0 to ${gap - 1}, ${numbers.slice(gap).join(", ")}`;
}

/** Regions in order of their numbers; `28:NAME` jumps to a number, `NAME/alias` has a second spelling. */
function regionsOf(words: string): readonly Region[] {
  let next = 0;
  return words
    .trim()
    .split(/\s+/)
    .map((word): Region => {
      const [, jump, names = ""] = /^(?:(\d+):)?(.+)$/.exec(word) ?? [];
      const [name = "", ...aliases] = names.split("/");
      const number = jump === undefined ? next : Number(jump);
      next = number + 1;
      return { number, name, aliases };
    });
}

function isSame(wanted: string | number): (name: string) => boolean {
  const plain = plainName(String(wanted));
  return (name) => plainName(name) === plain;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, "");
}
