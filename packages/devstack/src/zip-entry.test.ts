import { crc32, deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { isWholeZip, zipEntry } from "./zip-entry.ts";

/** A zip archive with one deflated entry, as `jar` writes it. */
function archiveOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const extra = Buffer.alloc(4);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.writeUInt16LE(extra.length, 28);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc32(content), 16);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const body = Buffer.concat([local, Buffer.from(name), extra, packed]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, entry, Buffer.from(name), end]);
}

const content = Buffer.from("a program ".repeat(100));
const archive = archiveOf("redis-server", content);

test("an entry comes out as it went in", () => {
  expect(zipEntry(archive, "redis-server").equals(content)).toBe(true);
});

test("an entry that is not there is named", () => {
  expect(() => zipEntry(archive, "valkey-server")).toThrow("the archive has no entry valkey-server");
});

test("an archive that was cut off anywhere is not whole", () => {
  expect(isWholeZip(archive)).toBe(true);
  for (const bytes of [0, 10, archive.length - 30, archive.length - 22]) {
    expect(isWholeZip(archive.subarray(0, bytes))).toBe(false);
  }
});
