import { describe, expect, test } from "vitest";
import type { HostExperience, HostTurn } from "./host-book.ts";
import { HostBook } from "./host-book.ts";

const primary = { baseUrl: "primary", role: "primary" } as const;
const second = { baseUrl: "second", role: "second" } as const;
const near = { baseUrl: "near", role: "regional" } as const;
const far = { baseUrl: "far", role: "regional" } as const;
const pausesMs = [1_000, 3_000, 6_000];

function bookOf(...hosts: ConstructorParameters<typeof HostBook>[0]["hosts"]): HostBook {
  return new HostBook({ hosts, failuresMax: 5, pausesMs });
}

/** Sends whatever the book allows and lets it end as the host does; the host's name, or "none". */
function sendTo(turn: HostTurn | undefined, endsAs: (baseUrl: string) => HostExperience, nowMs: number): string {
  turn?.end(endsAs(turn.baseUrl), nowMs);
  return turn?.baseUrl ?? "none";
}

const down =
  (how: HostExperience, ...names: readonly string[]) =>
  (baseUrl: string): HostExperience =>
    names.includes(baseUrl) ? how : "answered";

describe("the next acquire after a failure", () => {
  test("goes to the same host once more, then to the other domain when the name was not resolved", () => {
    const book = bookOf(primary, second, near, far);
    const send = (): string => sendTo(book.next(0), down("name", "primary", "second"), 0);
    expect([send(), send(), send(), send(), send()]).toEqual(["primary", "primary", "second", "second", "near"]);
  });

  test("skips the other domain when the network failed, as long as a regional host stands", () => {
    const book = bookOf(primary, second, near, far);
    const send = (): string => sendTo(book.next(0), down("network", "primary", "near", "far"), 0);
    expect(Array.from({ length: 7 }, send)).toEqual(["primary", "primary", "near", "near", "far", "far", "second"]);
  });

  test("goes to the other domain where no regional host is named", () => {
    const book = bookOf(primary, second);
    const send = (): string => sendTo(book.next(0), down("network", "primary"), 0);
    expect([send(), send(), send(), send()]).toEqual(["primary", "primary", "second", "second"]);
  });

  test("returns to the primary with one probe after the pause, and stays there when that is answered", () => {
    const book = bookOf(primary, second);
    for (let sends = 0; sends < 2; sends += 1) sendTo(book.next(0), down("network", "primary"), 0);
    expect(sendTo(book.next(999), down("network", "primary"), 999)).toBe("second");
    const probe = book.next(1_000);
    expect(probe?.baseUrl).toBe("primary");
    expect(book.next(1_000)?.baseUrl).toBe("second");
    probe?.end("answered", 1_001);
    expect(book.next(1_001)?.baseUrl).toBe("primary");
  });

  test("is not what one failure between answers leads to", () => {
    const book = bookOf(primary, second);
    for (const endsAs of ["network", "answered", "network", "answered", "network"] as const) {
      expect(sendTo(book.next(0), () => endsAs, 0)).toBe("primary");
    }
  });
});

describe("a request that belongs to one host", () => {
  test("goes there or nowhere, however well the others stand", () => {
    const book = bookOf(primary, second);
    const send = (nowMs: number): string => sendTo(book.only("primary", nowMs), () => "network", nowMs);
    expect(Array.from({ length: 7 }, () => send(0))).toEqual([
      ...Array.from({ length: 5 }, () => "primary"),
      "none",
      "none",
    ]);
    expect([send(999), send(1_000), send(1_001)]).toEqual(["none", "primary", "none"]);
    expect(book.next(1_001)?.baseUrl).toBe("second");
  });

  test("is refused for a host that the book does not have", () => {
    expect(bookOf(primary).only("elsewhere", 0)).toBeUndefined();
  });
});

describe("a request that prefers the host of its recording", () => {
  test("goes there while it stands, and to another one after two failures", () => {
    const book = bookOf(primary, second);
    const send = (): string => sendTo(book.next(0, "second"), down("network", "second"), 0);
    expect([send(), send(), send(), send()]).toEqual(["second", "second", "primary", "primary"]);
  });

  test("goes where any other goes when its host is not known any more", () => {
    expect(bookOf(primary, second).next(0, "gone")?.baseUrl).toBe("primary");
  });
});

describe("a dead host", () => {
  test("sees failuresMax requests and then one probe a pause, however many are asked for", () => {
    const book = bookOf(primary);
    const sent: number[] = [];
    for (let nowMs = 0; nowMs < 30_000; nowMs += 30) {
      if (sendTo(book.next(nowMs), () => "network", nowMs) === "primary") sent.push(nowMs);
    }
    expect(sent.slice(0, 5)).toEqual([0, 30, 60, 90, 120]);
    const gapsMs = sent.slice(5).map((atMs, index) => atMs - (sent[index + 4] ?? 0));
    expect(gapsMs.slice(0, 3)).toEqual([1_020, 3_000, 6_000]);
    expect(gapsMs.slice(2).every((gapMs) => gapMs >= 6_000)).toBe(true);
    expect(sent.length).toBe(5 + 6);
  });

  test("sees one probe at a time, also while a probe hangs", () => {
    const book = bookOf(primary);
    for (let sends = 0; sends < 5; sends += 1) sendTo(book.next(0), () => "network", 0);
    const probe = book.next(1_000);
    expect(probe).toBeDefined();
    for (let nowMs = 1_001; nowMs < 11_000; nowMs += 100) expect(book.next(nowMs)).toBeUndefined();
    probe?.end("network", 11_000);
    expect(book.next(13_999)).toBeUndefined();
    expect(book.next(14_000)).toBeDefined();
  });

  test("is used by everybody again after one answered probe, and its next failure starts from the first pause", () => {
    const book = bookOf(primary);
    for (let sends = 0; sends < 5; sends += 1) sendTo(book.next(0), () => "network", 0);
    sendTo(book.next(1_000), () => "network", 1_000);
    sendTo(book.next(4_000), () => "answered", 4_000);
    for (let sends = 0; sends < 5; sends += 1) expect(sendTo(book.next(4_001), () => "network", 4_001)).toBe("primary");
    expect(book.next(5_000)).toBeUndefined();
    expect(book.next(5_001)).toBeDefined();
  });

  test("is not what late failures of requests make of a host that has answered since", () => {
    const book = bookOf(primary);
    const hanging = Array.from({ length: 10 }, () => book.next(0));
    sendTo(book.next(5_000), () => "answered", 5_000);
    for (const turn of hanging) turn?.end("network", 10_000);
    expect(book.next(10_000)?.baseUrl).toBe("primary");
    for (let sends = 0; sends < 5; sends += 1) sendTo(book.next(10_000), () => "network", 10_000);
    expect(book.next(10_000)).toBeUndefined();
  });

  test("is no worse for a call that says nothing about it, and is probed again after one", () => {
    const book = bookOf(primary);
    for (let sends = 0; sends < 9; sends += 1) expect(sendTo(book.next(0), () => "nothing", 0)).toBe("primary");
    for (let sends = 0; sends < 5; sends += 1) sendTo(book.next(0), () => "network", 0);
    expect(sendTo(book.next(1_000), () => "nothing", 1_001)).toBe("primary");
    expect(book.next(1_001)?.baseUrl).toBe("primary");
  });

  test("counts a turn that was ended twice once", () => {
    const book = bookOf(primary, second);
    const turn = book.next(0);
    turn?.end("network", 0);
    turn?.end("network", 0);
    expect(book.next(0)?.baseUrl).toBe("primary");
  });
});
