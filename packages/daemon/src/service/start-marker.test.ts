import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartMarker } from "./start-marker.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "torrential-marker-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const [A, B] = ["a".repeat(40), "b".repeat(40)];

/** A start that dies while it takes these in. */
function die(...infoHashes: string[]): void {
  const marker = new StartMarker(folder);
  for (const each of infoHashes) marker.add(each);
  marker.save();
}

describe("start marker", () => {
  it("suspects who was being taken in, and nobody after a start that came through", () => {
    die(A, B);
    const next = new StartMarker(folder);
    expect([next.isSuspect(A), next.isPoison(A)]).toEqual([true, false]);
    next.add(A);
    next.save();
    next.delete(A);
    next.save();
    expect(new StartMarker(folder).isSuspect(A)).toBe(false);
  });

  it("calls poison what the process died on alone three times, however often in company", () => {
    for (let n = 0; n < 5; n++) die(A, B);
    expect(new StartMarker(folder).isPoison(A)).toBe(false);
    for (let n = 0; n < 3; n++) die(A);
    expect(new StartMarker(folder).isPoison(A)).toBe(true);
  });
});
