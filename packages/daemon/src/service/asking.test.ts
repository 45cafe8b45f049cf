import { utf8 } from "@torrential/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnginePort } from "../engine-thread/engine-thread.ts";
import { askSoon, ENGINE_WAIT_MS } from "./asking.ts";

const engineThat = (ask: EnginePort["ask"]): EnginePort => ({ send: () => {}, ask });

describe("a question that a read depends on", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("is answered with what the engine says", async () => {
    const engine = engineThat(() => Promise.resolve(utf8('[{"key":"1.2.3.4"}]')));
    expect(await askSoon(engine, { type: "bans" })).toEqual([{ key: "1.2.3.4" }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not wait for an engine that is silent", async () => {
    const answer = askSoon(
      engineThat(() => new Promise(() => {})),
      { type: "bans" },
    );
    await vi.advanceTimersByTimeAsync(ENGINE_WAIT_MS);
    expect(await answer).toBeUndefined();
  });

  it("fails as the engine does", async () => {
    const engine = engineThat(() => Promise.reject(new Error("closing")));
    await expect(askSoon(engine, { type: "bans" })).rejects.toThrow("closing");
    expect(vi.getTimerCount()).toBe(0);
  });
});
