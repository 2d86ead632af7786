import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "./file-lock.mjs";
import { guarded } from "./guarded.mjs";
import { findPnpm } from "./pnpm.mjs";
import { root } from "./root.mjs";

/** Node 24, which runs TypeScript as it is; a development dependency brings it. */
export const nodeBinary = join(root, "node_modules/node/bin/node");

const stampPath = join(root, "node_modules/.autorec-installed");

/** Brings node_modules up to date if it is not; answers with what went wrong (exit code and reason), if anything did. */
export async function prepareWorkspace() {
  if (isInstalled()) return undefined;
  mkdirSync(join(root, ".cache"), { recursive: true });
  return withFileLock(join(root, ".cache/install.lock"), async () => {
    if (isInstalled()) return undefined;
    const pnpm = await findPnpm();
    if (pnpm.failure !== undefined) return pnpm.failure;
    console.error("bootstrap: installing dependencies");
    const [command, ...args] = [...pnpm.command, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"];
    const env = { ...process.env, npm_config_manage_package_manager_versions: "false" };
    const code = await guarded(command, args, { env });
    if (code !== 0) return { code, reason: `bootstrap: pnpm install failed (exit ${code}); its own words are above` };
    if (!existsSync(nodeBinary))
      return { code: 1, reason: `bootstrap: pnpm install brought no ${nodeBinary}; remove node_modules and try again` };
    writeFileSync(stampPath, fingerprint());
    return undefined;
  });
}

function isInstalled() {
  return existsSync(stampPath) && existsSync(nodeBinary) && readFileSync(stampPath, "utf8") === fingerprint();
}

/** Changes with everything that decides what `pnpm install` does. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  const rooms = ["packages", "services"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  for (const folder of ["", "test", "examples", ...rooms.sort()]) {
    const manifest = join(root, folder, "package.json");
    if (existsSync(manifest)) hash.update(folder).update(readFileSync(manifest));
  }
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}
