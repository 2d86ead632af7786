import { inflateRawSync } from "node:zlib";
import { DevstackError } from "./devstack-error.ts";

/** Content of one entry of a zip archive (a jar); rejects names that are not in it. */
export function zipEntry(archive: Buffer, name: string): Buffer {
  for (const entry of entriesOf(archive)) {
    if (entry.name !== name) continue;
    // The local header repeats the name, with an extra field of its own length.
    const start = entry.offset + 30 + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28);
    const packed = archive.subarray(start, start + entry.packedBytes);
    return entry.method === 0 ? packed : inflateRawSync(packed);
  }
  throw new DevstackError(`the archive has no entry ${name}`);
}

/** Whether the archive is whole: the directory at its end is there and can be walked. */
export function isWholeZip(archive: Buffer): boolean {
  try {
    return [...entriesOf(archive)].length > 0;
  } catch {
    return false;
  }
}

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly offset: number;
}

/** Walks the central directory. @see APPNOTE.TXT 6.3 of PKWARE, 4.3.12 and 4.3.16 */
function* entriesOf(archive: Buffer): Generator<ZipEntry> {
  const end = archive.lastIndexOf(endSignature);
  if (end < 0) throw new DevstackError("not a zip archive, or cut short");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new DevstackError("the directory of the archive is damaged");
    const nameBytes = archive.readUInt16LE(at + 28);
    yield {
      name: archive.toString("utf8", at + 46, at + 46 + nameBytes),
      method: archive.readUInt16LE(at + 10),
      packedBytes: archive.readUInt32LE(at + 20),
      offset: archive.readUInt32LE(at + 42),
    };
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

const endSignature = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const entrySignature = 0x02014b50;
