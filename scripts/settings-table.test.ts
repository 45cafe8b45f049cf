import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./lib/files.ts";
import { makeSettingsPage } from "./settings-table.ts";

describe("the guide's page of settings", () => {
  it("is what the program says", () => {
    expect(readFileSync(join(ROOT, "docs/guide/settings.md"), "utf8")).toBe(makeSettingsPage());
  });
});
