import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DevstackError } from "./devstack-error.ts";
import type { Supervisor } from "./supervisor.ts";
import { isWholeZip } from "./zip-entry.ts";

/** Coordinates in Maven Central. */
export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  /** Picks one of several files of that version. */
  readonly classifier?: string;
  /** It brings what it needs itself: nothing that it depends on is copied. */
  readonly alone?: boolean;
}

/** Copies the artifacts and what they depend on into `folder`; each jar there is whole. */
export async function copyArtifacts(
  supervisor: Supervisor,
  artifacts: readonly Artifact[],
  folder: string,
): Promise<void> {
  await copyWithMaven(supervisor, artifacts, folder, []);
  const damaged = brokenJars(folder);
  if (damaged.length === 0) return;
  // A cut-off download in the user's local repository is copied faithfully; an empty repository of our own heals that.
  for (const name of damaged) rmSync(join(folder, name));
  const repository = join(supervisor.folder, `repository-${randomUUID()}`);
  await copyWithMaven(supervisor, artifacts, folder, [`-Dmaven.repo.local=${repository}`]);
  const broken = brokenJars(folder);
  if (broken.length > 0) throw new DevstackError(`Maven delivered damaged files: ${broken.join(", ")}`);
}

async function copyWithMaven(
  supervisor: Supervisor,
  artifacts: readonly Artifact[],
  folder: string,
  options: readonly string[],
): Promise<void> {
  const project = join(supervisor.folder, `project-${randomUUID()}`);
  mkdirSync(project);
  writeFileSync(join(project, "pom.xml"), pomOf(artifacts));
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const args = ["-q", "-B", goal, `-DoutputDirectory=${folder}`, "-DincludeScope=runtime", ...options];
  await supervisor.runToEnd({ name: "mvn", command: "mvn", args, cwd: project }, downloadLimitMs);
}

/** Jars that cannot be read, found before Java reports a missing class. */
function brokenJars(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".jar") && !isWholeZip(readFileSync(join(folder, name))));
}

function pomOf(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(({ group, name, version, classifier, alone }) => {
    const parts = [
      `<groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>`,
      classifier === undefined ? "" : `<classifier>${classifier}</classifier>`,
      alone === true ? everythingExcluded : "",
    ];
    return `<dependency>${parts.join("")}</dependency>`;
  });
  return (
    `<project><modelVersion>4.0.0</modelVersion><groupId>autorec</groupId><artifactId>devstack</artifactId>` +
    `<version>1</version><packaging>pom</packaging><dependencies>${dependencies.join("")}</dependencies></project>`
  );
}

const everythingExcluded =
  "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>";

/** Generous: 57 MB over a slow line. */
const downloadLimitMs = 600_000;
