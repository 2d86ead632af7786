import { type FaultPresetName, faultPresets } from "@autorec/simulator";
import { expect, test, vi } from "vitest";
import { createLab, diesSoon, hasLine, type Lab, shown, uploadOf, words } from "../support/fault-lab.ts";

/** Every preset with what a caller meets, over a real connection. */
const proofs: Readonly<Record<FaultPresetName, (lab: Lab) => Promise<void>>> = {
  "206-65": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "206-65" });
    expect(await words(lab.start(acquired))).toEqual(["206/65"]);
    expect(await words(lab.start(acquired))).toEqual(["201/7"]);
    await lab.order({ preset: "206-65", applied: false });
    const other = await lab.acquire(901);
    expect(await words(lab.start(other, 901))).toEqual(["206/65"]);
    expect(await words(lab.start(other, 901))).toEqual(["200"]);
  },
  "500-62": async (lab) => {
    await lab.order({ preset: "500-62" });
    const acquired = await lab.acquire();
    expect(await words(lab.start(acquired))).toEqual(["500/62"]);
    expect(await words(lab.start(acquired))).toEqual(["200"]);
  },
  "500-502": async (lab) => {
    await lab.order({ preset: "500-502" });
    expect(await words(lab.start(await lab.acquire()))).toEqual(["500/502"]);
  },
  "500-500": async (lab) => {
    await lab.order({ preset: "500-500", count: 2 });
    expect([...(await words(lab.acquire(), lab.acquire())), (await lab.acquire()).word]).toEqual([
      "500/500",
      "500/500",
      "200",
    ]);
  },
  "500-501": async (lab) => {
    await lab.order({ preset: "500-501" });
    expect(await words(lab.acquire())).toEqual(["500/501"]);
  },
  "500-504": async (lab) => {
    await lab.order({ preset: "500-504" });
    expect(await words(lab.acquire())).toEqual(["500/504"]);
  },
  "500-15": async (lab) => {
    await lab.order({ preset: "500-15" });
    const acquired = await lab.acquire();
    const refused = await lab.start(acquired);
    expect([refused.word, refused.body["sid"]]).toEqual(["500/15", ""]);
    expect(await words(lab.start(acquired))).toEqual(["200"]);
  },
  "504-62": async (lab) => {
    const started = await lab.record();
    await lab.order({ preset: "504-62", count: 4 });
    const control = () => words(lab.query(started), lab.update(started), lab.updateLayout(started), lab.stop(started));
    expect(await control()).toEqual(["504/62", "504/62", "504/62", "504/62"]);
    expect((await lab.query(started)).status).toBe(200);
  },
  "429": async (lab) => {
    await lab.order({ preset: "429", count: 2 });
    const limited = "429/API rate limit exceeded";
    expect([...(await words(lab.acquire(), lab.acquire())), (await lab.acquire()).word]).toEqual([
      limited,
      limited,
      "200",
    ]);
  },
  "401": async (lab) => {
    const faultId = await lab.order({ preset: "401" });
    const refused = "401/Invalid authentication credentials";
    expect(await words(lab.acquire(), lab.acquire())).toEqual([refused, refused]);
    await lab.simulator.client.clearFaults(faultId);
    expect((await lab.acquire()).status).toBe(200);
  },
  "400-406": async (lab) => {
    await lab.order({ preset: "400-406", lastsMs: 60_000 });
    expect(await words(lab.acquire(), lab.acquire(901))).toEqual(["400/406", "400/406"]);
  },
  "workers-shrink": async (lab) => {
    await lab.order({ preset: "workers-shrink", match: { recordingsMin: 2 } });
    await lab.record(901);
    const second = await lab.record(902);
    expect(await words(lab.acquire(903))).toEqual(["400/406"]);
    await lab.stop(second);
    expect(await words(lab.acquire(903))).toEqual(["200"]);
  },
  "404-window": async (lab) => {
    const started = await lab.record();
    await lab.order({ preset: "404-window", lastsMs: 100 });
    expect(await words(lab.query(started), lab.update(started), lab.updateLayout(started), lab.stop(started))).toEqual([
      "404/404",
      "404/404",
      "404/404",
      "404/404",
    ]);
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toMatch(/^status/);
    });
    expect(hasLine(lab, "recorder-left")).toBe(false);
  },
  "gateway-page": async (lab) => {
    await lab.order({ preset: "gateway-page" });
    expect(await lab.acquire()).toEqual({ status: 503, word: "503", body: {} });
  },
  "drop-before": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "drop-before", match: { call: "start" } });
    await expect(lab.start(acquired)).rejects.toThrow(/fetch failed/);
    expect(await words(lab.start(acquired))).toEqual(["200"]);
  },
  "drop-after": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "drop-after", match: { call: "start" } });
    await expect(lab.start(acquired)).rejects.toThrow(/fetch failed/);
    expect(await words(lab.start(acquired))).toEqual(["201/7"]);
  },
  "hang-before": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "hang-before", match: { call: "start" } });
    await expect(lab.start(acquired)).rejects.toThrow(/timeout/);
    expect(await words(lab.start(acquired))).toEqual(["200"]);
  },
  "hang-after": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "hang-after", match: { call: "start" } });
    await expect(lab.start(acquired)).rejects.toThrow(/timeout/);
    expect(await words(lab.start(acquired))).toEqual(["201/7"]);
  },
  "late-effect": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "late-effect", match: { call: "start" }, effectDelayMs: 1_300 });
    await expect(lab.start(acquired)).rejects.toThrow(/timeout/);
    expect(hasLine(lab, "recorder-joined")).toBe(false);
    await vi.waitFor(() => {
      expect(hasLine(lab, "recorder-joined")).toBe(true);
    }, 3_000);
  },
  "slow-request": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "slow-request", delayMs: 200, match: { call: "start" } });
    const answer = lab.start(acquired);
    expect(await words(lab.acquire(901))).toEqual(["200"]);
    expect(hasLine(lab, "recorder-joined")).toBe(false);
    expect(await words(answer)).toEqual(["200"]);
  },
  "slow-answer": async (lab) => {
    const acquired = await lab.acquire();
    await lab.order({ preset: "slow-answer", delayMs: 300, match: { call: "start" } });
    const startedAtMs = performance.now();
    const answer = lab.start(acquired);
    await vi.waitFor(() => {
      expect(hasLine(lab, "recorder-joined")).toBe(true);
    });
    expect(await words(answer)).toEqual(["200"]);
    expect(performance.now() - startedAtMs).toBeGreaterThan(290);
  },
  "wrong-token": async (lab) => {
    await diesSoon(lab, "wrong-token");
    expect(hasLine(lab, "recorder-joined", `"room"`)).toBe(false);
  },
  "expired-token": async (lab) => {
    await diesSoon(lab, "expired-token");
    expect(hasLine(lab, "recorder-joined", `"room"`)).toBe(false);
  },
  "bad-transcoding": async (lab) => {
    await diesSoon(lab, "bad-transcoding");
    expect(hasLine(lab, "recorder-joined", `"room"`)).toBe(false);
  },
  "storage-failure": async (lab) => {
    await diesSoon(lab, "storage-failure");
    expect(hasLine(lab, "recorder-joined", `"room"`)).toBe(true);
  },
  "upload-failure": async (lab) => {
    await lab.order({ preset: "upload-failure" });
    expect(await uploadOf(lab)).toContain(`"unknown"`);
  },
  "backup-upload": async (lab) => {
    await lab.order({ preset: "backup-upload" });
    expect(await uploadOf(lab)).toContain(`"backuped"`);
  },
  "silent-recorder": async (lab) => {
    await lab.order({ preset: "silent-recorder" });
    const started = await lab.record();
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toBe("status 4");
    });
    expect(await words(lab.stop(started))).toEqual(["206/435"]);
  },
  kill: async (lab) => {
    await lab.order({ preset: "kill", afterMs: 50 });
    const started = await lab.record();
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toBe("404/404");
    });
    expect(hasLine(lab, "kill-recorder", `"silent":false`)).toBe(true);
  },
  "kill-silently": async (lab) => {
    await lab.order({ preset: "kill-silently", afterMs: 50 });
    const started = await lab.record();
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toBe("404/404");
    });
    expect(hasLine(lab, "kill-recorder", `"silent":true`)).toBe(true);
  },
  migration: async (lab) => {
    await lab.order({ preset: "migration", afterMs: 50, windowMs: 100 });
    const started = await lab.record();
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toBe("404/404");
    });
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toMatch(/^status/);
    });
    expect(hasLine(lab, "recorder-joined", `"cause":"migration"`, started.sid)).toBe(true);
  },
  "uid-clash": async (lab) => {
    await lab.order({ preset: "uid-clash", afterMs: 50 });
    const started = await lab.record();
    await vi.waitFor(async () => {
      expect(await shown(lab, started)).toBe("404/404");
    });
    expect(hasLine(lab, "participant-joined", `"uid":900`)).toBe(true);
  },
};

test.each(Object.entries(proofs))("the preset %s does what its table says", async (_name, prove) => {
  const lab = await createLab();
  await using _simulator = lab.simulator;
  await prove(lab);
});

test("every preset is proved", () => {
  expect(Object.keys(proofs).sort()).toEqual(Object.keys(faultPresets).sort());
});

test("a fault hits only the channels, calls and share of them that it names, and the same share with the same seed", async () => {
  const lab = await createLab();
  await using _simulator = lab.simulator;
  const hits = async (): Promise<string> => {
    const faultId = await lab.order({
      preset: "500-500",
      match: { channelName: "class-*" },
      probability: 0.5,
      seed: 42,
      count: "unlimited",
    });
    const statuses: number[] = [];
    for (let at = 0; at < 20; at += 1) statuses.push((await lab.acquire(900, `class-${String(at)}`)).status);
    expect((await lab.acquire(900, "other")).status).toBe(200);
    await lab.simulator.client.clearFaults(faultId);
    return statuses.join(" ");
  };
  const first = await hits();
  expect(first).toMatch(/200/);
  expect(first).toMatch(/500/);
  expect(await hits()).toBe(first);
});

test("an order that a preset does not have, or that is none, is refused with what was expected", async () => {
  const { simulator } = await createLab();
  await using _simulator = simulator;
  const order = (body: unknown) =>
    fetch(`${simulator.baseUrl}/admin/faults`, { method: "POST", body: JSON.stringify(body) }).then((r) => r.text());
  expect(await order({ preset: "500-62", delayMs: 5 })).toContain("delayMs");
  expect(await order({ preset: "nope" })).toContain("206-65");
  expect(await order({ fault: "answer", status: 99 })).toContain("status");
  expect(await order({ fault: "answer", status: 500, match: { call: ["acquire", "dance"] } })).toContain("match.call");
});

test("something happens to a recording that runs already", async () => {
  const lab = await createLab();
  await using simulator = lab.simulator;
  const started = await lab.record();
  expect(await simulator.client.harm({ channelName: "room", harm: "silence" })).toMatchObject({ sid: started.sid });
  await vi.waitFor(async () => {
    expect(await shown(lab, started)).toBe("status 4");
  });
  expect(await simulator.client.harm({ sid: started.sid, harm: "storage" })).toMatchObject({ sid: started.sid });
  expect(await shown(lab, started)).toBe("404/404");
  expect(await simulator.client.harm({ sid: started.sid, harm: "storage" })).toBeUndefined();
});
