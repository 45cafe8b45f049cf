/** PROMISES, faults 4, and F08: an empty mount point is not the disk that was there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MARKER_NAME, Roots, type RootState } from "./roots.ts";
import type { KeyValueStore } from "./service.ts";

/** What a state folder would keep over a restart. */
class Kept implements KeyValueStore {
  readonly values = new Map<string, string>();

  get(area: string, key: string): string | undefined {
    return this.values.get(`${area} ${key}`);
  }

  list(): ReadonlyMap<string, string> {
    return this.values;
  }

  set(area: string, key: string, value: string | undefined): Promise<void> {
    this.values.set(`${area} ${key}`, value ?? "");
    return Promise.resolve();
  }
}

describe("a root", () => {
  let folder: string;
  let root: string;
  let marker: string;
  let kept: Kept;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "torrential-roots-"));
    root = join(folder, "disk");
    marker = join(root, MARKER_NAME);
    kept = new Kept();
    expect(await probe()).toBe("present");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a daemon finds it that starts now. */
  async function probe(): Promise<RootState> {
    const roots = new Roots(kept, () => [root]);
    await roots.probe([join(root, "films")]);
    return roots.stateOf(join(root, "films", "old"));
  }

  /** As if the disk had had another number when it was last seen. */
  function renumber(): void {
    for (const [key, value] of kept.values) {
      const known = JSON.parse(value);
      kept.values.set(key, JSON.stringify({ ...known, device: known.device + 1 }));
    }
  }

  it("is made, marked and remembered before the first torrent lies in it", () => {
    expect([existsSync(marker), kept.values.size]).toEqual([true, 1]);
  });

  it("is missing while its folder is not there, which is not made again, and is back with its marker", async () => {
    const bytes = readFileSync(marker);
    rmSync(root, { recursive: true });
    expect([await probe(), existsSync(root)]).toEqual(["missing", false]);
    mkdirSync(root);
    writeFileSync(marker, bytes);
    expect(await probe()).toBe("present");
  });

  it("is missing where an empty mount point is left, on another device or on the same, and nothing is made there", async () => {
    rmSync(marker);
    expect([await probe(), readdirSync(root)]).toEqual(["missing", []]);
    renumber();
    expect([await probe(), readdirSync(root)]).toEqual(["missing", []]);
  });

  it("is missing where another root lies, and where files lie on another device", async () => {
    writeFileSync(marker, "of another daemon");
    expect(await probe()).toBe("missing");
    rmSync(marker);
    writeFileSync(join(root, "film.mkv"), "");
    renumber();
    expect(await probe()).toBe("missing");
  });

  it("is known by its marker though its device has another number since", async () => {
    renumber();
    expect(await probe()).toBe("present");
    rmSync(marker);
    writeFileSync(join(root, "film.mkv"), "");
    // The number was taken over, so that the marker may be lost now.
    expect([await probe(), existsSync(marker)]).toEqual(["present", true]);
  });

  it("is what its user says it is with an empty marker", async () => {
    const bytes = readFileSync(marker);
    rmSync(marker);
    renumber();
    expect(await probe()).toBe("missing");
    writeFileSync(marker, "");
    expect([await probe(), readFileSync(marker)]).toEqual(["present", bytes]);
  });

  it("is marked anew where what was remembered is damaged", async () => {
    for (const key of kept.values.keys()) kept.values.set(key, "{");
    expect(await probe()).toBe("present");
  });
});
