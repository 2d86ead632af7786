import type { Random } from "../time/random.ts";

/** Values that have broken parsers before. */
const junk: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1, 1.5, 2, 4, 17, 33, 720, 1e21, 4_294_967_295, 4_294_967_296, 2 ** 53],
  ...[
    "",
    " ",
    "0",
    "1",
    "007",
    "4294967296",
    "#allstream#",
    "null",
    "true",
    "\u0000",
    "\ud800",
    "é",
    "🎥",
    "a/b",
    "../..",
  ],
  ...["<script>", "%00", "${env:X}", "__proto__", "rtmp://x/y", "http://x", "https://x.example.org", "javascript:1"],
  ...["x".repeat(65), "x".repeat(129), "ü".repeat(600), "9".repeat(400)],
  ...[[], [[]], [null], ["1"], ["1", "1"], {}, { a: { b: {} } }, ["hls"], ["mp4"], ["hls", "mp4"], ["hls", "hls"]],
];

const keys = [
  ...[
    "cname",
    "uid",
    "clientRequest",
    "scene",
    "token",
    "storageConfig",
    "vendor",
    "region",
    "bucket",
    "recordingConfig",
  ],
  ...[
    "transcodingConfig",
    "layoutConfig",
    "bitrate",
    "width",
    "snapshotConfig",
    "extensionServiceConfig",
    "async_stop",
  ],
  ...["streamSubscribe", "subscribeAudioUids", "unSubscribeVideoUids", "unsubscribeAudioUids", "startParameter"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "length", "", "0"],
];

/** One change somewhere in the value: a part replaced, dropped, added, doubled, buried or misspelt. */
export function mutateJson(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random.next() < 0.1) return pick(random, junk);
  if (Array.isArray(value)) return mutateList(random, value);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const at = random.between(0, Math.max(0, entries.length - 1));
  const entry = entries[at];
  if (entry === undefined) return { [pick(random, keys) ?? "x"]: pick(random, junk) };
  const [key, inner] = entry;
  switch (random.between(0, 9)) {
    case 0:
      return Object.fromEntries(entries.filter((_, index) => index !== at));
    case 1:
      return Object.fromEntries([...entries, [pick(random, keys) ?? "x", pick(random, junk)]]);
    case 2:
      return Object.fromEntries(
        entries.map(([name, old], index) => [index === at ? misspelt(random, name) : name, old]),
      );
    default:
      return { ...value, [key]: mutateJson(random, inner) };
  }
}

export function pick<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return items[random.between(0, items.length - 1)];
}

function mutateList(random: Random, list: readonly unknown[]): unknown {
  const at = random.between(0, Math.max(0, list.length - 1));
  switch (random.between(0, 3)) {
    case 0:
      return [...list, ...list];
    case 1:
      return [...list, pick(random, junk)];
    case 2:
      return list.filter((_, index) => index !== at);
    default:
      return list.map((item, index) => (index === at ? mutateJson(random, item) : item));
  }
}

function misspelt(random: Random, name: string): string {
  switch (random.between(0, 2)) {
    case 0:
      return name.toLowerCase();
    case 1:
      return name.toUpperCase();
    default:
      return name.slice(1);
  }
}
