import { describe, expect, test, vi } from "vitest";
import { createSimulatedAgora, responseOf, statusOf, stopRequest } from "../../testing/simulated-agora.ts";
import type { UploadResult } from "../recording.ts";

const uploaded = { status: 200, body: { serverResponse: { uploadingStatus: "uploaded" } } };

describe("appendix B 17: synchronous stop", () => {
  test("appendix B 17: a synchronous stop waits for the upload", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    const answered = vi.fn();
    const reply = agora.begin(stopRequest(recording)).finally(answered);
    agora.scheduler.advance(299);
    await Promise.resolve();
    expect(answered).not.toHaveBeenCalled();
    expect(agora.kinds()).toContain("recorder-left stop");
    agora.scheduler.advance(1);
    expect(await reply).toMatchObject(uploaded);
  });

  test.each([65, 50] as const)(
    "appendix B 17: a synchronous stop whose upload takes too long is 206/%i after 20 s",
    async (syncStopLimitCode) => {
      const durations = { syncStopUploadMs: 20_001 };
      const agora = createSimulatedAgora({ profile: "real", durations, switches: { syncStopLimitCode } });
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(10_000);
      const answered = vi.fn();
      const reply = agora.begin(stopRequest(recording)).finally(answered);
      agora.scheduler.advance(19_999);
      await Promise.resolve();
      expect(answered).not.toHaveBeenCalled();
      agora.scheduler.advance(1);
      expect(await reply).toMatchObject({ status: 206, body: { code: syncStopLimitCode } });
    },
  );

  test.each<readonly [UploadResult, string]>([
    ["uploaded", "uploaded"],
    ["backuped", "backuped"],
    ["failed", "unknown"],
  ])(
    "appendix B 17: with a media port the upload lasts until its files are there: %s",
    async (result, uploadingStatus) => {
      const upload = Promise.withResolvers<UploadResult>();
      const agora = createSimulatedAgora({ media: { finish: () => upload.promise } });
      agora.join(1);
      const recording = await agora.record(7);
      agora.scheduler.advance(1_000);
      const reply = agora.begin(stopRequest(recording));
      agora.scheduler.advance(1_999);
      upload.resolve(result);
      expect(await reply).toMatchObject({ status: 200, body: { serverResponse: { uploadingStatus } } });
    },
  );

  test("appendix B 17: a media port that takes longer than the limit is answered 206", async () => {
    const agora = createSimulatedAgora({ media: { finish: () => new Promise(() => undefined) } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    const reply = agora.begin(stopRequest(recording));
    agora.scheduler.advance(2_000);
    expect(await reply).toMatchObject({ status: 206, body: { code: 65 } });
  });

  test("an upload through the backup storage is backuped", async () => {
    const agora = createSimulatedAgora({ backupBuckets: ["bucket"], durations: { syncStopUploadMs: 0 } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    expect(responseOf(await agora.stop(recording, {}))).toMatchObject({ uploadingStatus: "backuped" });
  });

  test.each(["unknown", "unknow"] as const)("an upload that failed is %s", async (unknownSpelling) => {
    const media = { finish: () => Promise.resolve("failed" as const) };
    const agora = createSimulatedAgora({ media, switches: { unknownSpelling } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    expect(responseOf(await agora.stop(recording, {}))).toMatchObject({ uploadingStatus: unknownSpelling });
  });

  test.each([
    ["absent", undefined],
    ["unknown", { uploadingStatus: "unknown" }],
  ] as const)("an asynchronous stop answers at once, serverResponse %s", async (asyncStopResponse, response) => {
    const agora = createSimulatedAgora({ switches: { asyncStopResponse } });
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    const answer = await agora.stop(recording, { async_stop: true });
    expect(answer.status).toBe(200);
    expect(responseOf(answer)).toEqual(response);
  });
});

describe("appendix B 18: nothing recorded", () => {
  test.each([true, false])(
    "appendix B 18: a stop without media is 206/435 and ends the task, async %s",
    async (async) => {
      const agora = createSimulatedAgora();
      const recording = await agora.record(7);
      agora.scheduler.advance(5_000);
      const answer = await agora.stop(recording, { async_stop: async });
      expect(answer).toMatchObject({ status: 206, body: { code: 435, reason: "no recorded data" } });
      expect(agora.kinds()).toContain("recorder-left stop");
    },
  );

  test("appendix B 18: a stop while the recorder is still starting finds no data", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(400);
    expect((await agora.stop(recording)).body["code"]).toBe(435);
  });
});

describe("appendix B 19: second stop", () => {
  test("appendix B 19: a second stop is 400/49 while the recorder exits, then 404/404", async () => {
    const agora = createSimulatedAgora();
    agora.join(1);
    const recording = await agora.record(7);
    agora.scheduler.advance(1_000);
    expect((await agora.stop(recording)).status).toBe(200);
    expect(agora.kinds().slice(-2)).toEqual(["recorder-left stop", "request"]);
    const seen: unknown[] = [];
    for (const stepMs of [0, 200, 200, 199]) {
      agora.scheduler.advance(stepMs);
      seen.push(statusOf(await agora.query(recording)));
      expect(await agora.stop(recording)).toMatchObject({
        status: 400,
        body: { code: 49, reason: "invalid operation" },
      });
    }
    expect(seen).toEqual([6, 7, 8, 8]);
    agora.scheduler.advance(1);
    expect(await agora.stop(recording)).toMatchObject({ status: 404, body: { code: 404 } });
    expect((await agora.query(recording)).status).toBe(404);
  });

  test("appendix B 19: with Agora's own durations 49 lasts 10 s", async () => {
    const agora = createSimulatedAgora({ profile: "real" });
    const recording = await agora.record(7);
    await agora.stop(recording);
    agora.scheduler.advance(9_999);
    expect((await agora.stop(recording)).body["code"]).toBe(49);
    agora.scheduler.advance(1);
    expect((await agora.stop(recording)).body["code"]).toBe(404);
  });

  test("cname or uid that do not fit are refused and stop nothing", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    expect(await agora.stop({ ...recording, uid: 8 })).toMatchObject({ status: 400, body: { code: 432 } });
    expect(await agora.stop({ ...recording, cname: "hall" })).toMatchObject({ status: 400, body: { code: 432 } });
    expect(await agora.stop(recording, { async_stop: "true" })).toMatchObject({ status: 400, body: { code: 2 } });
    expect(agora.kinds()).not.toContain("recorder-left stop");
  });

  test.each([1003, 2] as const)("a sid of another resource is 400/%i, one that nobody knows 404", async (code) => {
    const agora = createSimulatedAgora({ switches: { foreignResourceCode: code } });
    const [one, two] = [await agora.record(7), await agora.record(8)];
    expect((await agora.query({ resourceId: one.resourceId, sid: two.sid })).body["code"]).toBe(code);
    expect((await agora.query({ resourceId: one.resourceId, sid: "f".repeat(32) })).body["code"]).toBe(404);
  });

  test("another mode than the start's is 400/2", async () => {
    const agora = createSimulatedAgora();
    const recording = await agora.record(7);
    expect(await agora.query({ ...recording, mode: "individual" })).toMatchObject({ status: 400, body: { code: 2 } });
  });
});
