import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { fastDurations, realDurations } from "@autorec/domain";
import { describe, expect, test } from "vitest";
import { loadPolicy } from "./load-policy.ts";
import type { Policy } from "./policy.ts";
import { revealSecrets } from "./reveal-secrets.ts";
import { SettingsError } from "./settings-error.ts";

const planted = "planted-S3cret-value-0123456789";
const appId = "0123456789abcdef0123456789abcdef";
const env = {
  APP_ID: appId,
  SECRET: planted,
  CERTIFICATE: "fedcba9876543210fedcba9876543210",
};
const app = `{ appId: "\${env:APP_ID}", customerId: cid, customerSecret: "\${env:SECRET}" }`;
const storage = `{ vendor: 1, region: 7, bucket: b, accessKey: "\${env:SECRET}", secretKey: "\${file:/run/key}" }`;

function file(parts: { apps?: string; storages?: string; rules?: string } = {}): string {
  return [
    `apps: { prod: ${parts.apps ?? app} }`,
    `storages: { s3: ${parts.storages ?? storage} }`,
    "rules:",
    parts.rules ?? `  - { name: all, match: { channel: "*" }, mode: mix, storage: s3 }`,
  ].join("\n");
}

function load(text: string, durations = realDurations): Policy {
  const readFile = (path: string): string => {
    if (path === "/run/key") return `${planted}\n`;
    throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  };
  return loadPolicy({ path: "autorec.yaml", text, env, readFile, durations });
}

function errorOf(text: string): SettingsError {
  try {
    load(text);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
}

const rule = (fields: string): string =>
  file({ rules: `  - { name: all, match: { channel: "*" }, storage: s3, ${fields} }` });

describe("a file that is right", () => {
  test("becomes apps and rules with their defaults, secrets taken from environment and files", () => {
    const policy = load(file());
    const settings = policy.ruleFor(appId, "class-1");
    expect(settings?.rule).toMatchObject({
      name: "all",
      mode: "mix",
      channelType: 0,
      countAudience: false,
      slots: ["primary"],
      graceMs: 60_000,
      graceNormalMs: 30_000,
      maxIdleMs: 300_000,
      coverAfterMs: 30_000,
      tokenLifeS: 86_400,
    });
    expect(settings?.rule.priority).toBe(0);
    expect(policy.apps.get(appId)?.quota).toEqual({ requestsPerSecond: 10, workers: 50 });
    expect(policy.apps.get(appId)?.customerSecret.reveal()).toBe(planted);
    expect(revealSecrets(settings?.storageConfig ?? {})).toEqual({
      vendor: 1,
      region: 7,
      bucket: "b",
      accessKey: planted,
      secretKey: planted,
    });
  });

  test("cannot be changed afterwards", () => {
    const policy = load(file());
    expect(Object.isFrozen(policy)).toBe(true);
    expect(Object.isFrozen(policy.rules[0]?.recordingConfig)).toBe(true);
  });

  test("shows no secret in whatever way it is printed", () => {
    const policy = load(file());
    expect(`${JSON.stringify([policy.rules, ...policy.apps.values()])} ${inspect(policy, { depth: 9 })}`).not.toContain(
      planted,
    );
  });

  test("the first matching rule wins, and no rule means not recorded", () => {
    const policy = load(
      file({
        rules: `  - { name: lessons, match: { channel: "class-*" }, mode: mix, storage: s3 }\n  - { name: one, match: { channel: "class-1" }, mode: individual, storage: s3 }`,
      }),
    );
    expect(policy.ruleFor(appId, "class-1")?.rule.name).toBe("lessons");
    expect(policy.ruleFor(appId, "lobby")).toBeUndefined();
    expect(policy.ruleFor("f".repeat(32), "class-1")).toBeUndefined();
  });

  test.each([
    ["graceSeconds: 10", { graceMs: 10_000, graceNormalMs: 10_000 }],
    ["graceSeconds: 45", { graceMs: 45_000, graceNormalMs: 30_000 }],
    ["maxIdleSeconds: 600", { maxIdleMs: 600_000 }],
    ["recovery: eager", { coverAfterMs: 5_000 }],
    ["recovery: patient", { coverAfterMs: 95_000 }],
    ["recovery: { coverAfterSeconds: 12.5 }", { coverAfterMs: 12_500 }],
  ])("%s sets the durations of the rule", (fields, expected) => {
    expect(load(rule(`mode: mix, ${fields}`)).rules[0]?.rule).toMatchObject(expected);
  });

  test.each([
    ["mode: mix", 719],
    ["mode: web, web: { url: 'https://a.example' }", 1.5],
    ["mode: web, web: { url: 'https://a.example', maxRecordingHour: 1 }", 0.75],
    ["mode: web, web: { url: 'https://a.example', maxRecordingHour: 72 }", 71],
  ])("a recorder of { %s } without certificate is replaced after %d hours", (fields, hours) => {
    expect(load(rule(fields)).rules[0]?.rule.rotateAfterMs).toBe(hours * 3_600_000);
  });

  test("with a certificate a recorder is replaced an hour before its token ends", () => {
    const text = file({ apps: app.replace("customerId:", 'appCertificate: "${env:CERTIFICATE}", customerId:') });
    expect(text).toContain("appCertificate");
    expect(load(text).rules[0]?.rule.rotateAfterMs).toBe(23 * 3_600_000);
  });

  test("recorders: 2 asks for both slots, and nothing but 1 and 2 is taken", () => {
    expect(load(rule("mode: mix, recorders: 2")).rules[0]?.rule.slots).toEqual(["primary", "secondary"]);
    expect(errorOf(rule("mode: mix, recorders: 3")).message).toContain("1 or 2");
  });

  test("a rule without times follows the durations of the environment", () => {
    expect(load(file(), fastDurations).rules[0]?.rule).toMatchObject({
      graceMs: 4_000,
      graceNormalMs: 2_000,
      maxIdleMs: 20_000,
      coverAfterMs: 3_000,
    });
  });

  test("the hash follows the rule and not its secrets", () => {
    const hash = (text: string, secret = planted): string =>
      loadPolicy({ path: "p", text, env: { ...env, SECRET: secret }, readFile: () => secret, durations: realDurations })
        .rules[0]?.rule.hash ?? "";
    expect(hash(file())).toMatch(/^[0-9a-f]{32}$/);
    expect(hash(file(), "another-secret")).toBe(hash(file()));
    expect(hash(file({ storages: storage.replace("region: 7", "region: 8") }))).not.toBe(hash(file()));
    expect(hash(rule("mode: mix, graceSeconds: 61"))).not.toBe(hash(file()));
    const policy = load(file());
    expect(policy.ruleByHash(policy.rules[0]?.rule.hash ?? "")).toBe(policy.rules[0]);
  });

  test("aliases are followed", () => {
    const rules = `  - { name: a, match: { channel: "a" }, mode: mix, storage: s3, recordingConfig: &r { channelType: 1 } }\n  - { name: b, match: { channel: "b" }, mode: mix, storage: s3, recordingConfig: *r }`;
    expect(load(file({ rules })).ruleFor(appId, "b")?.rule.channelType).toBe(1);
  });

  test.each(["autorec.yaml", "simulator.autorec.yaml"])("examples/%s loads", (name) => {
    const text = readFileSync(new URL(`../../../examples/${name}`, import.meta.url), "utf8");
    const given = {
      AGORA_APP_ID: appId,
      AGORA_CUSTOMER_ID: "id",
      AGORA_CUSTOMER_SECRET: planted,
      AGORA_APP_CERTIFICATE: env.CERTIFICATE,
      STORAGE_ACCESS_KEY: planted,
      STORAGE_SECRET_KEY: planted,
    };
    for (const durations of name.startsWith("simulator") ? [realDurations, fastDurations] : [realDurations]) {
      const policy = loadPolicy({ path: name, text, env: given, readFile: () => "", durations });
      expect(policy.ruleFor(appId, "class-1")?.mode).toBe("mix");
    }
  });
});

describe("a file that is wrong", () => {
  test("is shown with line, column, carets and what was probably meant", () => {
    const error = errorOf(file({ rules: `  - { name: all, match: { channel: "*" }, mode: mix, storrage: s3 }` }));
    expect(error.exitCode).toBe(2);
    expect(error.message.split("\n").slice(-4)).toEqual([
      "error CONFIG_UNKNOWN_KEY  autorec.yaml:4:54",
      `  4 |   - { name: all, match: { channel: "*" }, mode: mix, storrage: s3 }`,
      `    | ${" ".repeat(53)}${"^".repeat(8)} unknown key; did you mean "storage"?`,
      "  2 problems in autorec.yaml · nothing was started        (exit 2)",
    ]);
    expect(error.message).not.toMatch(/^\s+at /m);
  });

  test("has all its problems named at once, also in a rule without a mode", () => {
    const error = errorOf(
      file({
        apps: `{ appId: "\${env:NOPE}", customerId: cid, customerSecret: "\${file:/none}", quota: { workers: 0 } }`,
        storages: storage.replace("region: 7", "region: 99"),
        rules: `  - { name: all, match: { app: prodd, channel: "*" }, storage: s4, recovery: eagr, priority: x }\n  - { name: all, match: { channel: "*" }, mode: composite, storage: s3 }`,
      }),
    );
    const messages = error.problems.map((problem) => `${problem.line} ${problem.message}`);
    for (const words of [
      "1 environment variable NOPE is not set",
      "1 cannot read file /none: ENOENT",
      "1 0; expected a number of at least 1",
      "2 99; expected a region of Amazon S3: 0 to 25, 28, or a name",
      '4 key "mode" is missing here; expected individual, mix or web',
      '4 nothing of this name under apps; did you mean "prod"?',
      '4 nothing of this name under storages; did you mean "s3"?',
      '4 "eagr"; expected eager, standard, patient or { coverAfterSeconds: N }; did you mean "eager"?',
      '4 "x"; expected a number',
      '5 "composite"; expected individual, mix or web; did you mean "mix"?',
      "5 rule 1 has this name too",
    ]) {
      expect(
        messages.some((message) => message.startsWith(words)),
        `${words}\n${messages.join("\n")}`,
      ).toBe(true);
    }
    expect(messages.length).toBe(11);
  });

  test.each([
    ["mode: mix, recordingConfig: { maxIdleTime: 30 }", "not here: write maxIdleSeconds beside recordingConfig"],
    ["mode: mix, recordingConfig: { streamMode: default }", "it belongs to mode individual"],
    ["mode: individual, recordingConfig: { audioProfile: 1 }", "it belongs to mode mix"],
    ["mode: individual, recordingConfig: { unsubscribeAudioUids: ['1'] }", 'did you mean "unSubscribeAudioUids"?'],
    ["mode: individual, recordingConfig: { subscribeUidGroup: 6 }", "6; expected an integer from 0 to 5"],
    ["mode: individual, recordingFileConfig: { avFileType: [hls, mp4] }", "mode individual writes nothing else"],
    ["mode: mix, recordingFileConfig: { avFileType: [mp4] }", '["hls"] or ["hls", "mp4"]'],
    ["mode: mix, recordingConfig: { decryptionMode: 9 }", "an integer from 0 to 8"],
    [
      "mode: mix, recordingConfig: { decryptionMode: 1 }",
      'key "secret" is missing here; expected a key, since decryptionMode is 1',
    ],
    [
      "mode: mix, recordingConfig: { streamTypes: 0, subscribeVideoUids: ['1'] }",
      "expected no video list with streamTypes 0",
    ],
    ["mode: mix, recordingConfig: { subscribeVideoUids: ['4294967296'] }", "4294967295 in quotes"],
    ["mode: mix, recordingConfig: { subscribeVideoUids: [] }", "uids in quotes"],
    [
      "mode: mix, recordingConfig: { transcodingConfig: { width: 1920, height: 1920, fps: 15, bitrate: 100 } }",
      "at most 1920 × 1080",
    ],
    [
      "mode: mix, recordingConfig: { transcodingConfig: { width: 10, height: 10, fps: 16, bitrate: 100 } }",
      "expected one of 1, 7, 10, 15, 24, 30, 60",
    ],
    [
      "mode: mix, recordingConfig: { transcodingConfig: { width: 10, height: 10, fps: 15, bitrate: 6501 } }",
      "from 1 to 6500",
    ],
    [
      "mode: mix, recordingConfig: { transcodingConfig: { width: 10, height: 10, fps: 15, bitrate: 1, mixedVideoLayout: 3 } }",
      'key "layoutConfig" is missing here; expected the windows of mixedVideoLayout 3',
    ],
    ["mode: mix, maxIdleSeconds: 4", "4; expected a number of at least 5"],
    ["mode: mix, maxIdleSeconds: 5.5", "5.5; expected a whole number"],
    ["mode: mix, maxIdleSeconds: 100", "1.1 · poll + 2 · lease"],
    ["mode: mix, graceSeconds: 200", "grace + lease + poll (350000 ms)"],
    ["mode: mix, recovery: { coverAfterSeconds: 96 }", "must not exceed spacing404"],
    ["mode: web", 'key "web" is missing here'],
    ["mode: web, web: {}", 'key "url" is missing here; expected an http or https URL'],
    ["mode: web, web: { url: board }", '"board"; expected an http or https URL'],
    ["mode: web, web: { url: 'https://a.example', onhold: true }", "unknown key"],
    ["mode: web, web: { url: 'https://a.example', maxRecordingHour: 73 }", "an integer from 1 to 72"],
    ["mode: web, web: { url: 'https://a.example', rtmpUrl: 'rtmp://a.example/k' }", "write ${env:NAME}"],
    ["mode: web, maxIdleSeconds: 60, web: { url: 'https://a.example' }", "a page knows no idle time"],
    ["mode: web, recordingConfig: {}, web: { url: 'https://a.example' }", "it belongs to mode individual or mix"],
    ["mode: mix, web: { url: 'https://a.example' }", "it belongs to mode web"],
    ["mode: mix, snapshotConfig: { fileType: [jpg] }", "it belongs to mode individual"],
    ["mode: individual, snapshotConfig: { fileType: [png] }", '"png"; expected "jpg"'],
    [
      "mode: individual, recordingConfig: { streamTypes: 0 }, snapshotConfig: { fileType: [jpg] }",
      "0; expected 1 or 2",
    ],
    ["mode: individual, recordingConfig: { streamMode: original }", 'expected streamTypes 0 beside "original"'],
    ["mode: mix, recordingConfig: { secret: '${env:SECRET}' }", "expected one other than 0"],
    ["preset: mix-bestfit", '"mix-bestfit"; expected one of mix-floating, mix-best-fit'],
    ["preset: mix-bestfit", 'did you mean "mix-best-fit"?'],
    ["preset: web-page, mode: mix", "not the mode of preset web-page: write web, or no mode"],
    ["preset: web-page", 'key "url" is missing here; expected an http or https URL'],
    [
      "preset: mix-vertical, recordingConfig: { transcodingConfig: { mixedVideoLayout: 3 } }",
      'key "layoutConfig" is missing',
    ],
  ])("%s is refused with the reason", (fields, words) => {
    expect(errorOf(rule(fields)).message).toContain(words);
  });

  test.each([
    [storage.replace("vendor: 1", "vendor: 4"), "(Kingsoft KS3 was removed): amazon-s3 (1)"],
    [
      storage.replace("vendor: 1", "vendor: 11"),
      'key "endpoint" is missing here; expected the host name of the storage',
    ],
    [storage.replace("bucket: b", "bucket: b, fileNamePrefix: [a_b]"), "a list of folders of letters and digits"],
    [storage.replace("bucket: b", "bucket: b, extensionParams: { sse: rsa }"), 'one of "kms", "aes256"'],
    [storage.replace("bucket: b", `bucket: b, stsToken: "\${env:SECRET}"`), 'key "stsExpiration" is missing here'],
  ])("storage %# is refused with the reason", (storages, words) => {
    expect(errorOf(file({ storages })).message).toContain(words);
  });

  test.each([
    ["", 'key "apps" is missing'],
    ["apps: 5", "5; expected at least one app"],
    ["apps:\n\tprod: x", "a tab"],
    ['apps: "x', "a character is missing"],
    ["a: 1\na: 2", "stands here twice"],
    ["a: 1\n---\nb: 2", "a second document begins"],
    ["a: *nowhere", "no anchor"],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]`,
      "aliases (*name) are used too often",
    ],
    [file().replace("mode: mix", "<<: { mode: mix }"), "merge keys are not supported"],
    [file().replace('"${env:APP_ID}"', '"x${env:APP_ID}"'), "a reference must be the whole value"],
    [file().replace('"${env:APP_ID}"', "abc"), "expected an App ID, 32 hex digits"],
    [file().replace(" }\nstorages", `, again: ${app} }\nstorages`), "an App ID stands here once"],
    [file().replace("prod:", '"a b":'), "letters, digits"],
    ["x".repeat(1_000_001), "at most 256000 are read"],
    [`${"x".repeat(200_000)}: 1`, "a line of 200003 characters"],
  ])("text %# is refused without a stack", (text, words) => {
    const error = errorOf(text);
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(/^\s+at /m);
  });
});

test("a file that is not there is an error with its path and what names it", () => {
  const readFile = (path: string): string => {
    throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  };
  const start = (): Policy => loadPolicy({ path: "/etc/none.yaml", env, readFile, durations: realDurations });
  expect(start).toThrow(SettingsError);
  expect(start).toThrow(
    /^error CONFIG_FILE {2}\/etc\/none\.yaml\n {2}the file cannot be read \(ENOENT\); AUTOREC_CONFIG names it/,
  );
});

describe("a literal secret", () => {
  test.each([
    ["in quotes", app.replace('"${env:SECRET}"', `"${planted}"`)],
    ["bare", app.replace('"${env:SECRET}"', planted)],
    ["under a mistyped key", app.replace("customerSecret:", `customerSecert: ${planted}, customerSecret:`)],
    ["under a key of no meaning", app.replace("customerSecret:", `zzz: ${planted}, customerSecret:`)],
    ["in a list under a wrong key", app.replace("customerSecret:", `secrets: [${planted}], customerSecret:`)],
    ["in a map in place of a text", app.replace('"${env:SECRET}"', `{ value: ${planted} }`)],
    ["as an alias", app.replace('"${env:SECRET}"', `*${planted}`)],
    ["around a reference", app.replace('"${env:SECRET}"', `"${planted}\${env:SECRET}"`)],
    ["in a line that is not YAML", app.replace('"${env:SECRET}"', `"${planted}`)],
    [
      "in a block of lines",
      `\n    appId: x\n    customerId: 5\n    customerSecret: |\n      ${planted}\n      ${planted}\n`,
    ],
    [
      "as a certificate of the wrong form",
      app.replace("}", "}").replace("customerId: cid", `customerId: cid, appCertificate: "\${env:SECRET}"`),
    ],
  ])("%s is refused and never shown", (_name, apps) => {
    const text = apps.startsWith("\n") ? `apps:\n  prod:${apps}storages: {}\nrules: []\n` : file({ apps });
    const error = errorOf(text);
    expect(
      `${error.message} ${String(error.stack)} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`,
    ).not.toContain(planted);
  });

  test("is told with its length and the form that is expected", () => {
    const error = errorOf(file({ apps: app.replace('"${env:SECRET}"', `"${planted}"`) }));
    expect(error.code).toBe("CONFIG_LITERAL_SECRET");
    expect(error.message).toContain(
      `***(len ${planted.length}) stands here; write \${env:NAME} or \${file:PATH} instead`,
    );
  });

  test("of a storage or of the encryption is refused too", () => {
    expect(errorOf(file({ storages: storage.replace('"${env:SECRET}"', planted) })).problems[0]?.code).toBe(
      "CONFIG_LITERAL_SECRET",
    );
    expect(
      errorOf(rule(`mode: mix, recordingConfig: { decryptionMode: 1, secret: ${planted} }`)).message,
    ).not.toContain(planted);
  });
});
