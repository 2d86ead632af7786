import { describe, expect, test } from "vitest";
import { readAnswer } from "./answer-facts.ts";
import type { AnswerFacts, CallName } from "./answer-facts.ts";

function read(call: CallName, body: unknown, httpStatus = 200): AnswerFacts {
  const bodyText = typeof body === "string" ? body : JSON.stringify(body);
  return readAnswer(call, { kind: "answered", httpStatus, requestId: undefined, bodyText });
}

describe("an answer's body is read in every shape that Agora has used", () => {
  test("a code is read as a number and as text", () => {
    expect(read("start", { code: 7 }, 201).code).toBe(7);
    expect(read("start", { code: "7" }, 201).code).toBe(7);
    expect(read("start", { code: "seven" }, 201).code).toBeUndefined();
    expect(read("start", { code: 7.5 }, 201).code).toBeUndefined();
    expect(read("start", '{"code":1e400}', 201).code).toBeUndefined();
  });

  test("a status is read as a number and as text; one that the reference does not list is told apart", () => {
    expect(read("query", { serverResponse: { status: 5 } })).toMatchObject({ body: "complete", status: 5 });
    expect(read("query", { serverResponse: { status: "20" } })).toMatchObject({ body: "complete", status: 20 });
    expect(read("query", { serverResponse: { status: 9 } })).toMatchObject({ body: "outside", status: 9 });
    for (const serverResponse of [undefined, "5", [], { status: "" }, { status: 4.5 }, { status: "running" }]) {
      expect(read("query", { serverResponse })).toMatchObject({ body: "incomplete", status: undefined });
    }
  });

  test("Agora's words come from reason, else from serverResponse.payload.message, else from message", () => {
    const payload = { serverResponse: { command: "StopCloudRecorder", payload: { message: "failed to find worker" } } };
    expect(read("stop", { code: 404, reason: "gone", ...payload }, 404).message).toBe("gone");
    expect(read("stop", { code: 404, message: "x", ...payload }, 404).message).toBe("failed to find worker");
    expect(read("stop", { message: "Unauthorized" }, 401).message).toBe("Unauthorized");
  });

  test("an older refusal with a serverResponse full of unknown keys is still read", () => {
    const body = {
      cname: "123456",
      uid: "10002",
      resourceId: "r",
      sid: "2354",
      code: 49,
      serverResponse: { backuped: 0, fileListMode: "string", output: {}, payload: { message: "Failed" } },
    };
    expect(read("stop", body, 400)).toMatchObject({ code: 49, message: "Failed", body: "outside" });
  });

  test("an empty id counts as none", () => {
    expect(read("start", { resourceId: "r", sid: "" })).toMatchObject({ body: "incomplete", id: "" });
    expect(read("acquire", { resourceId: "" })).toMatchObject({ body: "incomplete", id: "" });
  });

  test("what is not a JSON object has no fields and says what it was", () => {
    for (const body of ["<html></html>", "[1]", "null", '"7"', '{"code":', "[".repeat(200_000)]) {
      expect(read("start", body)).toMatchObject({ body: "incomplete", code: undefined, id: "" });
    }
    expect(read("start", "").message).toBe("the body is empty");
    expect(read("start", "<html>").message).toBe("the body is not a JSON object (6 characters)");
    const tooLarge = { kind: "answered", httpStatus: 200, requestId: undefined, bodyText: undefined } as const;
    expect(readAnswer("start", tooLarge).message).toBe("the body is larger than 1 MiB");
  });

  test("a gateway's text counts only where the service has not put a code beside it", () => {
    expect(read("query", { message: "no Route matched with those values" }, 404).gateway).toBe("noRoute");
    expect(read("query", { message: "no Route matched with those values", code: 404 }, 404).gateway).toBeUndefined();
    expect(read("acquire", { message: "appid is invalid" }, 400).gateway).toBe("appIdInvalid");
  });
});
