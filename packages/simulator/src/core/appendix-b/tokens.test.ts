import { describe, expect, test } from "vitest";
import { issueToken } from "../../testing/issue-token.ts";
import { appId, createSimulatedAgora } from "../../testing/simulated-agora.ts";
import { recordingOf } from "../../testing/recording-of.ts";
import { migrateRecorder } from "../migrate-recorder.ts";
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
    ["any", "subscriber", 200],
    ["any", "publisher", 200],
    ["publisher", "subscriber", 404],
    ["publisher", "publisher", 200],
  ] as const)(
    "appendix B 14: tokenRole %s: a recorder with the token of a %s is %i",
    async (tokenRole, role, status) => {
      expect((await startWith(issueToken({ ...claims, role }), { switches: { tokenRole } })).status).toBe(status);
    },
  );

  const dayS = 86_400;
  test.each([
    ["accepted", dayS + 60, 200, dayS + 60],
    ["clamped", dayS + 60, 200, dayS],
    ["refused", dayS + 60, 404, 0],
    ["refused", dayS, 200, dayS],
  ] as const)(
    "appendix B 14, 25: longTokens %s: a token of %i s is %i and ends the recording after %i s",
    async (longTokens, livesS, status, endS) => {
      const started = await startWith(issueToken({ ...claims, livesS }), { switches: { longTokens } });
      expect(started.status).toBe(status);
      if (status === 404) {
        expect(started.troubles).toMatchObject([{ errorCode: 110 }]);
        return;
      }
      const { agora, recording } = started;
      agora.scheduler.advance(endS * 1_000 - 1_001);
      expect((await agora.query(recording)).status).toBe(200);
      agora.scheduler.advance(1);
      expect((await agora.query(recording)).status).toBe(404);
    },
  );

  test("appendix B 14: a privilege of more than 24 h makes a token too long as well", async () => {
    const token = issueToken({ ...claims, privilegesLiveS: dayS + 1 });
    expect((await startWith(token, { switches: { longTokens: "refused" } })).status).toBe(404);
  });

  test.each([
    ["untilTokenEnds", 90, 404],
    ["untilPrivilegeEnds", 90, 200],
    ["untilTokenEnds", 30, 404],
    ["untilPrivilegeEnds", 30, 404],
    ["untilPrivilegeEnds", 0, 200],
    ["untilTokenEnds", 0, 404],
  ] as const)(
    "appendix B 25: recorderStays %s: when the token of 60 s has ended and its privilege is of %i s, a query is %i",
    async (recorderStays, privilegesLiveS, status) => {
      const token = issueToken({ ...claims, privilegesLiveS });
      const { agora, recording } = await startWith(token, { switches: { recorderStays } });
      agora.scheduler.advance(28_000);
      expect((await agora.query(recording)).status).toBe(200);
      agora.scheduler.advance(31_000);
      expect((await agora.query(recording)).status).toBe(status);
    },
  );

  test.each([
    [true, 404],
    [false, 200],
  ])(
    "a recorder that stayed beyond its token comes in again after a migration, tokenExpiryEnds %s: %i",
    async (tokenExpiryEnds, status) => {
      const token = issueToken({ ...claims, privilegesLiveS: 0 });
      const switches = { recorderStays: "untilPrivilegeEnds", tokenExpiryEnds } as const;
      const { agora, recording, troubles } = await startWith(token, { switches });
      agora.scheduler.advance(60_000);
      migrateRecorder(agora.world, recordingOf(agora, recording.sid), { windowMs: 100, silent: false });
      agora.scheduler.advance(100);
      expect((await agora.query(recording)).status).toBe(status);
      expect(troubles.map((trouble) => ("errorCode" in trouble ? trouble.errorCode : 0))).toEqual(
        tokenExpiryEnds ? [109] : [],
      );
    },
  );

  test.each([
    ["privilege", { livesS: 3_600, privilegesLiveS: 60 }],
    ["own life", { livesS: 60, privilegesLiveS: 3_600 }],
  ])("appendix B 14: a token whose %s has ended is an expired one, whatever recorderStays says", async (_, lives) => {
    const token = issueToken({ ...claims, issuedAtS: issuedAtS - 61, ...lives });
    for (const recorderStays of ["untilTokenEnds", "untilPrivilegeEnds"] as const) {
      const { status, troubles } = await startWith(token, { switches: { recorderStays } });
      expect([status, troubles]).toMatchObject([404, [{ errorCode: 109 }]]);
    }
  });

  test.each([
    [true, 200],
    [false, 404],
  ])("a token of uid 0, wildcardTokens %s: %i", async (wildcardTokens, status) => {
    expect((await startWith(issueToken({ ...claims, uid: 0 }), { switches: { wildcardTokens } })).status).toBe(status);
  });
});
