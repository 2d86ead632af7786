import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * What must be installed before a task with these needs can run, as text for a person; `undefined` when nothing is
 * missing. `look` answers what the machine has; tests give another one.
 */
export async function missingRequirements(needs, env, look = lookAround) {
  if (needs.length === 0) return undefined;
  const given = (name) => (env[name] ?? "") !== "";
  if (!needs.includes("own-broker") && given("KAFKA_BROKERS") && given("REDIS_URL")) return undefined;

  const has = await look(env);
  const localKafka = has.java && has.maven;
  const kafka = has.docker || localKafka || (given("KAFKA_BROKERS") && !needs.includes("own-broker"));
  const redis = has.docker || localKafka || has.redis || given("REDIS_URL") || env.AUTOREC_INSTALL === "1";
  if (kafka && redis) return undefined;

  const what = [kafka ? [] : ["Kafka"], redis ? [] : ["Redis"]].flat();
  const settings = { Kafka: "KAFKA_BROKERS=host:port", Redis: "REDIS_URL=redis://host:port" };
  const instead = needs.includes("own-broker") ? what.filter((name) => name !== "Kafka") : what;
  return [
    `This needs ${what.join(" and ")}, and the machine has no way to run ${what.length > 1 ? "them" : "it"}:`,
    `  Docker engine        ${has.docker ? "answers" : "does not answer (docker version)"}`,
    `  Java 17 or newer     ${has.java ? "found" : "not found (java -version)"}`,
    `  Maven                ${has.maven ? "found" : "not found (mvn)"}`,
    "Any one of these is enough:",
    "  - a Docker engine that runs: https://docs.docker.com/engine/install",
    "  - Java and Maven: apt-get install default-jre-headless maven, or brew install openjdk maven",
    ...(instead.length > 0
      ? [`  - what already runs elsewhere: ${instead.map((name) => settings[name]).join(" ")}`]
      : []),
    "Nothing was downloaded or changed.",
  ].join("\n");
}

async function lookAround(env) {
  const [docker, java] = await Promise.all([
    prints("docker", ["version", "--format", "{{.Server.Version}}"], /^\d/m, env),
    javaVersion(env).then((version) => version >= 17),
  ]);
  return { docker, java, maven: isOnPath("mvn", env), redis: isOnPath("redis-server", env) };
}

async function javaVersion(env) {
  const candidates = (env.JAVA_HOME ?? "") === "" ? ["java"] : [join(env.JAVA_HOME, "bin", "java"), "java"];
  const versions = await Promise.all(candidates.map((java) => output(java, ["-version"], env)));
  return Math.max(0, ...versions.map((text) => Number(/version "(\d+)/.exec(text)?.[1] ?? 0)));
}

async function prints(command, args, pattern, env) {
  return pattern.test(await output(command, args, env));
}

/** Output of a command that answers within 5 s (a stuck Docker client does not), else the empty string. */
function output(command, args, env) {
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: 5_000, killSignal: "SIGKILL" }, (err, stdout, stderr) => {
      resolve(err === null ? `${stdout}\n${stderr}` : "");
    });
  });
}

function isOnPath(command, env) {
  return (env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
