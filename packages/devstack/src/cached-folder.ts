import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";

const manifestSchema = z.object({ folder: z.string(), files: z.record(z.string(), z.string()) });
type Manifest = z.infer<typeof manifestSchema>;

/** What a cached folder is called, how it is made, and who hears that it had to be made. */
export interface CachedFolder {
  readonly cacheRoot: string;
  readonly name: string;
  /** Fills the empty folder it is given. */
  readonly make: (folder: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/**
 * A folder with exactly the files that `make` once put there.
 *
 * Its manifest (a checksum per file) is written last and put in place by rename, so a half-written folder has none; a
 * damaged one fails the comparison and is made again under a new name. No lock is needed: two processes that make it at
 * once each make their own, and the manifest names one of them.
 */
export async function cachedFolder(wanted: CachedFolder): Promise<string> {
  mkdirSync(wanted.cacheRoot, { recursive: true });
  const manifestPath = join(wanted.cacheRoot, `${wanted.name}.json`);
  const before = readManifest(manifestPath);
  if (before !== undefined) {
    if (isIntact(wanted.cacheRoot, before)) return join(wanted.cacheRoot, before.folder);
    wanted.log(`the cached ${wanted.name} is damaged and is made again`);
  }
  removeLeftovers(wanted.cacheRoot);

  const folder = `${wanted.name}.${randomUUID()}`;
  const path = join(wanted.cacheRoot, folder);
  try {
    mkdirSync(path);
    await wanted.make(path);
    const draft = `${path}.manifest`;
    writeFileSync(draft, JSON.stringify({ folder, files: checksums(path) } satisfies Manifest));
    renameSync(draft, manifestPath);
  } catch (err) {
    rmSync(path, { recursive: true, force: true });
    throw err;
  }
  if (before !== undefined) rmSync(join(wanted.cacheRoot, before.folder), { recursive: true, force: true });
  return path;
}

/** Where downloads of devstack are kept between runs. */
export function defaultCacheRoot(env: Readonly<Record<string, string | undefined>>): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "autorec");
}

function readManifest(path: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Absent or unreadable: either way there is no cache to trust.
    return undefined;
  }
}

function isIntact(cacheRoot: string, manifest: Manifest): boolean {
  try {
    const found = checksums(join(cacheRoot, manifest.folder));
    const names = Object.keys(manifest.files);
    return (
      names.length > 0 &&
      names.length === Object.keys(found).length &&
      names.every((name) => found[name] === manifest.files[name])
    );
  } catch {
    return false;
  }
}

function checksums(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [relative(folder, path), createHash("sha256").update(readFileSync(path)).digest("hex")]),
  );
}

/** Folders that no manifest names and that nobody touched for a day come from runs that were killed. */
function removeLeftovers(cacheRoot: string): void {
  const entries = readdirSync(cacheRoot);
  const named = new Set(
    entries.filter((entry) => entry.endsWith(".json")).map((entry) => readManifest(join(cacheRoot, entry))?.folder),
  );
  for (const entry of entries) {
    if (entry.endsWith(".json") || named.has(entry)) continue;
    const path = join(cacheRoot, entry);
    if (Date.now() - statSync(path).mtimeMs > leftoverAgeMs) rmSync(path, { recursive: true, force: true });
  }
}

const leftoverAgeMs = 86_400_000;
