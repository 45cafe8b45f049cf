import { buildMetainfo, type Metainfo, parseMetainfo } from "@torrential/core";
import type { PieceVerdict } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { reportFiles } from "./file-report.ts";

const PIECE = 16_384;

/** Pieces: a a|b b|b c, and an empty file. */
const TORRENT: Metainfo = parseMetainfo(
  buildMetainfo({
    name: "t",
    files: [
      { path: ["a"], lengthBytes: PIECE + 100 },
      { path: ["b"], lengthBytes: PIECE },
      { path: ["c"], lengthBytes: 50 },
      { path: ["empty"], lengthBytes: 0 },
    ],
    pieceLength: PIECE,
    pieceHashes: new Uint8Array(60),
  }),
);

function report(verdicts: string, lengths: readonly number[]): (string | number)[][] {
  const names: Readonly<Record<string, PieceVerdict>> = { P: "passed", F: "failed", A: "absent" };
  const pieces = Array.from(verdicts, (letter) => names[letter] ?? "failed");
  const found = lengths.map((lengthBytes) => ({ lengthBytes, mtimeMs: 0 }));
  return reportFiles(TORRENT, { pieces, found }).map((file) => [file.state, file.verifiedBytes]);
}

const WHOLE = [PIECE + 100, PIECE, 50, 0];

describe("the report of a verification", () => {
  it("finds everything right", () => {
    expect(report("PPP", WHOLE)).toEqual([
      ["ok", PIECE + 100],
      ["ok", PIECE],
      ["ok", 50],
      ["ok", 0],
    ]);
  });

  it("blames every whole file that a wrong piece touches", () => {
    expect(report("PFP", WHOLE).map(([state]) => state)).toEqual(["bad", "bad", "ok", "ok"]);
  });

  it("does not blame a file for its neighbour that is not there", () => {
    expect(report("PAA", [PIECE + 100, -1, 50, 0])).toEqual([
      ["unproven", PIECE],
      ["missing", 0],
      ["unproven", 0],
      ["ok", 0],
    ]);
  });

  it("tells a short file from a missing one, and misses empty files too", () => {
    expect(report("PPA", [PIECE + 100, PIECE, 49, -1]).map(([state]) => state)).toEqual([
      "ok",
      "unproven",
      "short",
      "missing",
    ]);
  });
});
