import { describe, expect, it } from "vitest";
import { Outbox } from "./outbox.ts";

describe("outbox", () => {
  it("gives outputs back in the order they were decided, then nothing", () => {
    const out = new Outbox<string>();
    out.push("a");
    out.push("b");
    expect([out.poll(), out.poll(), out.poll(), out.poll()]).toEqual(["a", "b", undefined, undefined]);
  });

  it("takes more while it is drained", () => {
    const out = new Outbox<number>();
    out.push(1);
    expect(out.poll()).toBe(1);
    out.push(2);
    expect([out.poll(), out.poll()]).toEqual([2, undefined]);
    out.push(3);
    expect(out.poll()).toBe(3);
  });
});
