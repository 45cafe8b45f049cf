import { describe, expect, it } from "vitest";
import { GLOBAL_SHARE_LIMITS } from "../state/records.ts";
import { isReached, type ResolvedLimits, resolveLimits } from "./share-limits.ts";

const NONE: ResolvedLimits = {
  ratio: undefined,
  seedingTimeMs: undefined,
  idleTimeMs: undefined,
  match: "any",
  action: "stop",
};
const SHARING = { ratio: 1.5, seedingTimeMs: 1_000, idleTimeMs: 0 };

describe("share limits", () => {
  it("take each part from the nearest level that says something", () => {
    const own = { ...GLOBAL_SHARE_LIMITS, ratio: "none" } as const;
    const category = { ...GLOBAL_SHARE_LIMITS, ratio: 1, seedingTimeMs: 5, action: "remove" } as const;
    expect(resolveLimits([own, category], { ...NONE, ratio: 2, idleTimeMs: 7 })).toEqual({
      ...NONE,
      ratio: undefined,
      seedingTimeMs: 5,
      idleTimeMs: 7,
      action: "remove",
    });
  });

  it("are never reached where there are none", () => {
    expect(isReached(NONE, { ratio: 1e9, seedingTimeMs: 1e15, idleTimeMs: 1e15 })).toBe(false);
  });

  it.each([
    [{ ratio: 1.5 }, true],
    [{ ratio: 1.6 }, false],
    [{ ratio: 2, seedingTimeMs: 1_000 }, true],
    [{ ratio: 2, seedingTimeMs: 1_000, match: "all" }, false],
    [{ ratio: 1, seedingTimeMs: 1_000, match: "all" }, true],
  ] as const)("%j: %s", (part, reached) => {
    expect(isReached({ ...NONE, ...part }, SHARING)).toBe(reached);
  });
});
