import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guarded } from "./guarded.mjs";
import { root } from "./root.mjs";

/** The pnpm that package.json names: the one on the path when it is that version, else a private one below .cache. */
export async function findPnpm() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("@")[1];
  if ((await versionOnPath()) === wanted) return { command: ["pnpm"] };

  const home = join(root, `.cache/pnpm-${wanted}`);
  const program = "node_modules/pnpm/bin/pnpm.cjs";
  if (!existsSync(join(home, program))) {
    console.error(`bootstrap: getting pnpm ${wanted}`);
    // Put in place by rename, so that an interrupted download is never taken for a pnpm.
    const draft = `${home}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    const options = [
      "--prefix",
      draft,
      "--no-save",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ];
    const code = await guarded("npm", ["install", ...options, `pnpm@${wanted}`]);
    if (code !== 0 || !existsSync(join(draft, program))) {
      rmSync(draft, { recursive: true, force: true });
      const reason = `bootstrap: npm could not bring pnpm ${wanted} (exit ${code}); its own words are above`;
      return { failure: { code: code === 0 ? 1 : code, reason } };
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(draft, home);
  }
  return { command: [process.execPath, join(home, program)] };
}

/** Asked outside the checkout: inside, pnpm would first turn itself into the version that package.json names. */
function versionOnPath() {
  return new Promise((resolve) => {
    execFile("pnpm", ["--version"], { cwd: tmpdir(), timeout: 10_000 }, (err, stdout) => {
      resolve(err === null ? stdout.trim() : undefined);
    });
  });
}
