import { describe, expect, it } from "vitest";
import { assert, AssertionError, TorrentialError } from "./errors.ts";

describe("errors", () => {
  it("carry a code, a sentence and a cause", () => {
    const cause = new Error("below");
    const error = new TorrentialError("some-code", "what went wrong", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: "some-code", message: "what went wrong", cause, name: "TorrentialError" });
  });

  it("keep broken promises apart from bad input", () => {
    assert(true, "fine");
    expect(() => assert(false, "broken")).toThrow(AssertionError);
    expect(new AssertionError("x")).not.toBeInstanceOf(TorrentialError);
  });
});
