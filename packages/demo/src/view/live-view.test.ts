import { expect, test } from "vitest";
import type { ChannelRow } from "./channel-row.ts";
import { LiveView } from "./live-view.ts";

const row: ChannelRow = {
  channel: "class-1",
  people: 2,
  recorderUid: "4000000450",
  sid: "8c1f77ab",
  state: "covered",
  attempt: "1",
  next: "poll in 2.1 s",
};

function output(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 120, write: (text: string) => written.push(text) } };
}

test("a pipe gets one line for each change and none while only the countdown moves", () => {
  const { written, stream } = output(false);
  const view = new LiveView(stream);
  view.update("00:01", [row]);
  view.update("00:02", [{ ...row, next: "poll in 1.1 s" }]);
  view.update("00:03", [{ ...row, state: "unknown" }]);
  expect(written).toHaveLength(2);
  expect(written[0]).toContain("covered   people 2  recorder 4000000450  sid 8c1f77ab  attempt 1  next poll in 2.1 s");
  expect(written[1]).toContain("unknown");
  expect(written.join("")).not.toContain("\u001B");
});

test("a terminal is redrawn in place, and what happened stays above the table", () => {
  const { written, stream } = output(true);
  const view = new LiveView(stream);
  view.update("00:01", [row]);
  view.tell("00:02", "recorder of class-1 killed");
  const screen = written.join("");
  expect(screen).toContain("\u001B[2A\u001B[0J");
  expect(screen.indexOf("recorder of class-1 killed")).toBeGreaterThan(screen.indexOf("covered"));
  expect(screen.lastIndexOf("covered")).toBeGreaterThan(screen.indexOf("recorder of class-1 killed"));
});
