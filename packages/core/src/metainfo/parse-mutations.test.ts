import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";
import type { Metainfo } from "./metainfo.ts";
import { parseMetainfo } from "./parse.ts";

const fixtures = new URL("../../test/fixtures/", import.meta.url);
const torrents = readdirSync(fixtures)
  .filter((name) => name.endsWith(".torrent"))
  .map((name) => new Uint8Array(readFileSync(new URL(name, fixtures))));

/** One change: some bytes at a place, given as a fraction, replaced by others. */
const anyChange = fc.record({
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  removed: fc.nat(8),
  added: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom("0", "1", "e", "i-1e", "i0e", "le", "de", "0:", "1:/", "2:..").map((text) => Buffer.from(text)),
  ),
});

const anyMutant = fc
  .tuple(fc.constantFrom(...torrents), fc.array(anyChange, { minLength: 1, maxLength: 3 }))
  .map(([torrent, changes]) => {
    let bytes: Uint8Array = torrent;
    for (const { place, removed, added } of changes) {
      const at = Math.floor(place * bytes.length);
      bytes = concatBytes([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
    }
    return bytes;
  });

function checkInvariants(metainfo: Metainfo): void {
  let offset = 0;
  for (const file of metainfo.files) {
    expect(file.offsetBytes).toBe(offset);
    expect(file.path.length).toBeGreaterThan(0);
    for (const part of file.path) expect(part).not.toMatch(/^\.{0,2}$|[/\\\0]/);
    offset += file.lengthBytes;
  }
  expect(offset).toBe(metainfo.lengthBytes);
  expect(metainfo.pieceCount).toBe(Math.ceil(metainfo.lengthBytes / metainfo.pieceLength));
  if (metainfo.kind !== "v2") expect(metainfo.pieceHashes.length).toBe(20 * metainfo.pieceCount);
}

describe("mutated torrents", () => {
  it("are refused with a typed error, or add up", () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyMutant, (bytes) => {
        let metainfo: Metainfo;
        try {
          metainfo = parseMetainfo(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TorrentialError);
          expect(["metainfo-invalid", "metainfo-limit"]).toContain((error as TorrentialError).code);
          return;
        }
        accepted++;
        checkInvariants(metainfo);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
