import { describe, expect, test } from "vitest";
import { parseHistoryLine } from "../history/parse-history-line.ts";
import { basic, controlPath, createSimulatedAgora, customerSecret, startRequest } from "../testing/simulated-agora.ts";

const config = { channelType: 0, maxIdleTime: 20 };

async function acquired(patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const agora = createSimulatedAgora(patch);
  const { body } = await agora.acquire(7);
  return { agora, resourceId: String(body["resourceId"]) };
}

describe("history of a call", () => {
  test("what a start did stands before its request line, with everything that is known", async () => {
    const { agora, resourceId } = await acquired();
    const { body } = await agora.start(resourceId, 7);
    const [joined, request] = agora.lines.slice(-2);
    expect(joined).toMatchObject({ kind: "recorder-joined", uid: 7, resourceId, mode: "mix", cause: "start" });
    expect(request).toMatchObject({
      kind: "request",
      call: "start",
      client: "consumer-1",
      channelName: "room",
      uid: 7,
      resourceId,
      sid: body["sid"],
      status: 200,
      applied: true,
      answered: true,
    });
  });

  test("every line is one that readers of the history understand", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    agora.arm({ fault: "delay", delayMs: 5, match: { call: "update" } });
    const recording = await agora.record(7);
    await agora.query(recording);
    await agora.stop(recording);
    agora.leave(1);
    agora.faults.clear();
    agora.lines.forEach((line, index) => {
      const placed = { seq: index + 1, atMs: 1, ...line };
      expect(parseHistoryLine(placed)).toEqual({ kind: "line", line: placed });
    });
  });

  test("a query names channel, uid and the status that was shown", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    await agora.query(recording);
    expect(agora.lines.at(-1)).toMatchObject({
      call: "query",
      channelName: "room",
      uid: 7,
      sid: recording.sid,
      recorderStatus: 0,
    });
  });

  test("a refused call is a line with its code, not applied", async () => {
    const agora = createSimulatedAgora();
    await agora.acquire(0);
    expect(agora.lines.at(-1)).toMatchObject({ call: "acquire", status: 400, code: 2, applied: false, answered: true });
  });

  test("the line says how long the caller waited", async () => {
    const agora = createSimulatedAgora({ durations: { answerMs: { min: 40, max: 40 } } });
    const reply = agora.begin({ path: "/nowhere" });
    agora.scheduler.advance(40);
    await reply;
    expect(agora.lines.at(-1)).toMatchObject({ call: "other", status: 404, durationMs: 40 });
  });
});

describe("faults", () => {
  test("a lost request changes nothing and is not answered", async () => {
    const { agora, resourceId } = await acquired();
    agora.arm({ fault: "lose-request", match: { call: "start" } });
    expect(await agora.begin(startRequest(resourceId, 7))).toEqual({ kind: "drop" });
    expect(agora.kinds()).not.toContain("recorder-joined start");
    expect(agora.lines.at(-1)).toMatchObject({ call: "start", applied: false, answered: false, fault: "lose-request" });
    expect((await agora.start(resourceId, 7)).status).toBe(200);
  });

  test("a lost answer comes after the effect: the repeated start is 201/7", async () => {
    const { agora, resourceId } = await acquired();
    agora.arm({ fault: "lose-answer", match: { call: "start", channelName: "room", uid: 7 }, how: "hang" });
    expect(await agora.begin(startRequest(resourceId, 7))).toEqual({ kind: "hang" });
    expect(agora.kinds().slice(-4)).toEqual(["fault", "fault", "recorder-joined start", "request"]);
    expect(agora.lines.at(-1)).toMatchObject({
      call: "start",
      status: 200,
      applied: true,
      answered: false,
      fault: "lose-answer",
    });
    expect(await agora.start(resourceId, 7)).toMatchObject({ status: 201, body: { code: 7 } });
  });

  test("a lost start can take effect late, unless its resource has expired by then", async () => {
    for (const [effectDelayMs, joins] of [
      [5_000, 1],
      [16_000, 0],
    ] as const) {
      const { agora, resourceId } = await acquired();
      agora.arm({ fault: "lose-answer", match: { call: "start" }, effectDelayMs });
      expect(await agora.begin(startRequest(resourceId, 7))).toEqual({ kind: "drop" });
      agora.scheduler.advance(effectDelayMs - 1);
      expect(agora.kinds()).not.toContain("recorder-joined start");
      agora.scheduler.advance(1);
      expect(agora.kinds().filter((kind) => kind === "recorder-joined start")).toHaveLength(joins);
      expect(agora.lines.at(-1)).toMatchObject({ kind: "request", applied: joins === 1, answered: false });
    }
  });

  test.each([
    ["beforeEffect", 0],
    ["afterEffect", 1],
  ] as const)("a delay %s", async (when, joinsAtOnce) => {
    const { agora, resourceId } = await acquired();
    agora.arm({ fault: "delay", delayMs: 1_000, when, match: { call: "start" } });
    const reply = agora.begin(startRequest(resourceId, 7));
    agora.scheduler.advance(999);
    await Promise.resolve();
    expect(agora.kinds().filter((kind) => kind === "recorder-joined start")).toHaveLength(joinsAtOnce);
    agora.scheduler.advance(1);
    await Promise.resolve();
    await Promise.resolve();
    agora.scheduler.advance(0);
    expect(await reply).toMatchObject({ kind: "answer", status: 200 });
  });

  test.each([false, true])("any status and body can be answered, applied: %s", async (applied) => {
    const { agora, resourceId } = await acquired();
    agora.arm({
      fault: "answer",
      status: 206,
      body: { code: 65, reason: "request not completed" },
      applied,
      match: { call: "start" },
    });
    expect(await agora.start(resourceId, 7)).toMatchObject({ status: 206, body: { code: 65 } });
    expect(agora.lines.at(-1)).toMatchObject({ status: 206, code: 65, applied, fault: "answer" });
    expect(agora.kinds().includes("recorder-joined start")).toBe(applied);
  });

  test("an answer that is no JSON is sent as it is", async () => {
    const agora = createSimulatedAgora();
    agora.arm({ fault: "answer", status: 502, body: "<html>bad gateway</html>" });
    const reply = agora.begin({ path: "/" });
    agora.scheduler.advance(0);
    expect(await reply).toMatchObject({ status: 502, body: "<html>bad gateway</html>" });
  });

  test("a fault hits as often as it was told, only what it names, and its lines are armed, applied, ended", async () => {
    const agora = createSimulatedAgora();
    agora.arm({ fault: "answer", status: 500, body: { code: 500 }, count: 2, match: { call: "acquire", uid: 8 } });
    const statuses = [];
    for (const uid of [7, 8, 8, 8]) statuses.push((await agora.acquire(uid)).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    const phases = agora.lines.flatMap((line) => (line.kind === "fault" ? [line.phase] : []));
    expect(phases).toEqual(["armed", "applied", "applied", "ended"]);
  });

  test("a fault with a time window works in it and ends by itself; others end when cleared", async () => {
    const agora = createSimulatedAgora();
    agora.arm({ fault: "answer", status: 503, count: "unlimited", startsInMs: 100, lastsMs: 100 });
    const forEver = agora.arm({ fault: "answer", status: 504, count: "unlimited", match: { uid: 9 } });
    const at = async (advanceMs: number) => {
      agora.scheduler.advance(advanceMs);
      return (await agora.acquire(7)).status;
    };
    expect([await at(0), await at(100), await at(99), await at(1)]).toEqual([200, 503, 503, 200]);
    expect((await agora.acquire(9)).status).toBe(504);
    expect(agora.faults.clear(forEver)).toBe(1);
    expect((await agora.acquire(9)).status).toBe(200);
    expect(agora.faults.list()).toEqual([]);
  });
});

describe("secrets", () => {
  test("no secret, token, storage key or planted body reaches the lines", async () => {
    const appCertificate = "5cfd2fd1755d40ecb72977518be15d3b";
    const agora = createSimulatedAgora({ appCertificate });
    agora.arm({ fault: "answer", status: 500, body: { reason: "planted-body" }, match: { call: "query" } });
    const recording = await agora.record(7, {
      token: "007planted-token",
      recordingConfig: { ...config, secret: "planted-key", decryptionMode: 1 },
    });
    await agora.query(recording);
    await agora.call({
      path: controlPath(recording, "stop"),
      body: "planted-text",
      authorization: basic("customer", "planted-guess"),
    });
    const text = JSON.stringify(agora.lines);
    expect(text).toContain(recording.sid);
    for (const secret of ["planted", customerSecret, appCertificate]) expect(text).not.toContain(secret);
  });
});
