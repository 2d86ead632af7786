import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { askPerson } from "./ask-person.ts";

function ask(typed: string): Promise<string> {
  const streams = { input: new PassThrough(), output: new PassThrough() };
  const answer = askPerson("Go on? y/N ", streams);
  streams.input.write(typed);
  return answer;
}

test("what is typed is the answer", async () => {
  expect(await ask("y\r")).toBe("y");
});

test.each([
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
])("%s instead of an answer ends with 130, and nothing was changed", async (_key, typed) => {
  await expect(ask(typed)).rejects.toMatchObject({ exitCode: 130, message: "nothing was changed" });
});
