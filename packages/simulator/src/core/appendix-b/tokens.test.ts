import { describe, expect, test } from "vitest";
import { issueToken } from "../../testing/issue-token.ts";
import { appId, createSimulatedAgora } from "../../testing/simulated-agora.ts";
import type { RecordingMoment } from "../recording-moment.ts";

const appCertificate = "5cfd2fd1755d40ecb72977518be15d3b";
const issuedAtS = 1_700_000_000;
const claims = { appId, appCertificate, channelName: "room", uid: 7, issuedAtS, livesS: 60 };

/** What became of a start with that token: the code of its trouble, and what a query says after the unconfirmed death. */
async function startWith(token: string | undefined, patch: Parameters<typeof createSimulatedAgora>[0] = {}) {
  const troubles: RecordingMoment[] = [];
  const observe = (moment: RecordingMoment): void => {
    if (moment.kind === "trouble") troubles.push(moment);
  };
  const agora = createSimulatedAgora({ ...patch, appCertificate, observers: [observe] });
  agora.join(1);
  const recording = await agora.record(7, token === undefined ? {} : { token });
  expect(recording.started.status).toBe(200);
  agora.scheduler.advance(1_000);
  const { status } = await agora.query(recording);
  return { agora, recording, status, troubles };
}

describe("appendix B 14, 25: tokens", () => {
  test("appendix B 14: a token for this channel and uid lets the recorder in", async () => {
    expect((await startWith(issueToken(claims))).status).toBe(200);
  });

  test.each([
    ["none", undefined],
    ["another channel's", issueToken({ ...claims, channelName: "hall" })],
    ["another uid's", issueToken({ ...claims, uid: 8 })],
    ["another app's", issueToken({ ...claims, appId: "f".repeat(32) })],
    ["one of another certificate", issueToken({ ...claims, appCertificate: "0".repeat(32) })],
  ])(
    "appendix B 14: with a token of the wrong kind (%s) start is 200, then 404, and the trouble is 110",
    async (_, token) => {
      const { status, troubles } = await startWith(token);
      expect(status).toBe(404);
      expect(troubles).toMatchObject([{ module: 0, errorLevel: 5, errorCode: 110 }]);
    },
  );

  test("appendix B 14: with an expired token the trouble is 109", async () => {
    const { status, troubles } = await startWith(issueToken({ ...claims, issuedAtS: issuedAtS - 61 }));
    expect(status).toBe(404);
    expect(troubles).toMatchObject([{ errorCode: 109 }]);
  });

  test("appendix B 25: the end of the token ends the recording", async () => {
    const { agora, recording, troubles } = await startWith(issueToken(claims));
    agora.scheduler.advance(58_999);
    expect((await agora.query(recording)).status).toBe(200);
    agora.scheduler.advance(1);
    expect((await agora.query(recording)).status).toBe(404);
    expect(agora.kinds()).toContain("recorder-left expired");
    expect(troubles).toMatchObject([{ errorCode: 109 }]);
  });

  test.each([
    [true, 200],
    [false, 404],
  ])("a token of uid 0, wildcardTokens %s: %i", async (wildcardTokens, status) => {
    expect((await startWith(issueToken({ ...claims, uid: 0 }), { switches: { wildcardTokens } })).status).toBe(status);
  });
});
