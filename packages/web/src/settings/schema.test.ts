import { describe, expect, it } from "vitest";
import { groupDefinitions, readDefinitions } from "./schema.ts";

const SCHEMA = {
  properties: {
    "limits.down": {
      type: "integer",
      title: "Download limit",
      description: "Of all.",
      unit: "B/s",
      default: 0,
      minimum: 0,
    },
    "http.listen": { type: "array", items: { type: "string" }, title: "Addresses", default: [], needsSudo: true },
    hooks: { type: "array", items: { type: "object" }, title: "Hooks", default: [], isFileOnly: true },
    broken: { type: "function" },
    worse: null,
  },
};

describe("the schema of settings", () => {
  it("is read as far as it makes sense", () => {
    expect(
      readDefinitions(SCHEMA).map(({ key, isTextList, needsSudo, isFileOnly }) => [
        key,
        isTextList,
        needsSudo,
        isFileOnly,
      ]),
    ).toEqual([
      ["limits.down", false, false, false],
      ["http.listen", true, true, false],
      ["hooks", false, false, true],
    ]);
    expect(readDefinitions({})).toEqual([]);
  });

  it("is searched by every word, in keys, titles and descriptions", () => {
    const groups = groupDefinitions(readDefinitions(SCHEMA), "limit  ALL");
    expect([...groups.keys()]).toEqual(["limits"]);
    expect([...groupDefinitions(readDefinitions(SCHEMA), "").keys()]).toEqual(["limits", "http", "hooks"]);
  });
});
