import { isReservedUid, reservedUidRange } from "@autorec/events";
import { describe, expect, it } from "vitest";
import { recorderUid } from "./recorder-uid.ts";

const seed = { deploymentId: "prod", appId: "0123456789abcdef0123456789abcdef", channelName: "room-1" };

describe("the uid sequence", () => {
  // The hash was computed apart: FNV-1a, 64 bit, of the bytes below (Python, 2026-11).
  it.each([
    [seed, 4_068_719_900],
    [{ ...seed, deploymentId: "", channelName: "a" }, 4_012_307_448],
    [{ ...seed, channelName: "größe" }, 4_261_607_982],
  ])("is the same in every process and every version: vector %#", (of, first) => {
    expect(recorderUid(of, "primary", 0)).toBe(first);
    expect(recorderUid(of, "secondary", 0)).toBe(first + 1);
    expect(recorderUid(of, "primary", 1)).toBe(first + 2);
  });

  it("separates deployment, app and channel, so that shifted letters make another sequence", () => {
    const a = recorderUid({ deploymentId: "a", appId: "bc", channelName: "d" }, "primary", 0);
    const b = recorderUid({ deploymentId: "ab", appId: "c", channelName: "d" }, "primary", 0);
    expect(a).not.toBe(b);
  });

  it("separates the slots by parity for ever, also where the range wraps around (mutation 34)", () => {
    for (let k = 0; k < 200; k += 1) {
      const far = k * 1_500_001;
      expect(recorderUid(seed, "primary", far) % 2).toBe(0);
      expect(recorderUid(seed, "secondary", far) % 2).toBe(1);
    }
  });

  it("never meets the other slot's sequence (mutation 34)", () => {
    const ks = Array.from({ length: 500 }, (_, k) => k);
    const primary = new Set(ks.map((k) => recorderUid(seed, "primary", k)));
    expect(primary.size).toBe(500);
    expect(ks.filter((k) => primary.has(recorderUid(seed, "secondary", k)))).toEqual([]);
  });

  it("stays in the reserved range", () => {
    for (const k of [0, 1, 147_483_646, 147_483_647, 10 ** 12]) {
      expect(isReservedUid(recorderUid(seed, "primary", k))).toBe(true);
      expect(isReservedUid(recorderUid(seed, "secondary", k))).toBe(true);
    }
  });

  it("needs an even range, else parity would change where it wraps around", () => {
    expect([reservedUidRange.min % 2, reservedUidRange.count % 2]).toEqual([0, 0]);
  });
});
