import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "./bytes.ts";
import { makeSafeName, makeSafePaths, type SafePathOptions } from "./safe-path.ts";

function pathsOf(files: readonly (readonly string[])[], options?: SafePathOptions): string[] {
  return makeSafePaths(
    files.map((parts) => parts.map(utf8)),
    options,
  ).map((path) => path.join("|"));
}

const WINDOWS = { windows: true };

describe("safe paths", () => {
  it.each([
    [["a", "b.txt"], "a|b.txt"],
    [["日本", "é.flac"], "日本|é.flac"],
    [["..", "..", "etc", "passwd"], "_|_|etc|passwd"],
    [["../../etc/passwd"], "_|_|etc|passwd"],
    [["/etc/passwd"], "etc|passwd"],
    [["a\\..\\b"], "a|_|b"],
    [["C:\\x"], "C:|x"],
    [["", ".", "a", ""], "a"],
    [[], "_"],
    [["", "."], "_"],
    [[".\u200e."], "_"],
    [[".\u0000."], "_"],
    [["a\u0000\u001b[2J\u007f\u009bb"], "a[2Jb"],
    [["invoice\u202efdp.exe"], "invoicefdp.exe"],
    [["\ufeffx\u2066\u2069\u061cy"], "xy"],
    [["..."], "..."],
    [["CON", "nul.txt"], "CON|nul.txt"],
  ])("makes %j into %s", (parts, expected) => {
    expect(pathsOf([parts])).toEqual([expected]);
  });

  it.each([
    [["CON"], "_CON"],
    [["nul.tar.gz"], "_nul.tar.gz"],
    [["com1"], "_com1"],
    [["LPT9.x"], "_LPT9.x"],
    [["com¹"], "_com¹"],
    [["CONIN$", "conout$.txt"], "_CONIN$|_conout$.txt"],
    [["NUL .txt"], "_NUL .txt"],
    [["console"], "console"],
    [["a::$DATA"], "a__$DATA"],
    [['<>:"|?*'], "_______"],
    [["a. . ."], "a"],
    [["..."], "_"],
    [["..", "b"], "_|b"],
    [[".. ", "b"], "b"],
  ])("makes %j into %s for Windows", (parts, expected) => {
    expect(pathsOf([parts], WINDOWS)).toEqual([expected]);
  });

  it("replaces bytes that are not UTF-8", () => {
    expect(makeSafePaths([[Uint8Array.of(0x61, 0xff, 0x62, 0xc0, 0xaf)]])[0]?.[0]).toBe("a_b__");
  });

  it("keeps the first name and renames what collides", () => {
    expect(pathsOf([["a.txt"], ["a.txt"], ["A.TXT"], ["b"], ["a (1).txt"]])).toEqual([
      "a.txt",
      "a (2).txt",
      "A (3).TXT",
      "b",
      "a (1).txt",
    ]);
    expect(pathsOf([["é"], ["e\u0301"]])).toEqual(["é", "e\u0301 (1)"]);
    expect(pathsOf([["straße"], ["STRASSE"]])).toEqual(["straße", "STRASSE (1)"]);
    expect(
      pathsOf([
        ["d", "x"],
        ["D", "X"],
        ["d", "y"],
      ]),
    ).toEqual(["d|x", "D|X (1)", "d|y"]);
    expect(pathsOf([[".x"], [".X"]])).toEqual([".x", ".X (1)"]);
  });

  it("renames a file that has the name of a folder, wherever it stands", () => {
    expect(pathsOf([["a"], ["A", "b"]])).toEqual(["a (1)", "A|b"]);
    expect(pathsOf([["a", "b"], ["a"], ["a (1)", "c"]])).toEqual(["a|b", "a (2)", "a (1)|c"]);
  });

  it("cuts at 240 bytes, at a whole character, and keeps the extension", () => {
    const [long] = makeSafePaths([[utf8(`${"é".repeat(300)}.flac`)]]);
    expect(long?.[0]).toBe(`${"é".repeat(117)}.flac`);
    const monster = makeSafePaths([[utf8(`${"x".repeat(1_000_000)}.mkv`)]])[0]?.[0];
    expect([monster?.length, monster?.endsWith(".mkv")]).toEqual([240, true]);
    const same = pathsOf([[`${"x".repeat(300)}1.mkv`], [`${"x".repeat(300)}2.mkv`]]);
    expect(same[1]).toBe(`${"x".repeat(224)} (1).mkv`);
  });

  it("refuses paths that are too deep or too long", () => {
    const limit = expect.objectContaining({ code: "metainfo-limit" });
    const deep = Array.from({ length: 100 }, () => "a");
    expect(() => pathsOf([deep])).not.toThrow();
    expect(() => pathsOf([[...deep, "a"]])).toThrow(limit);
    expect(() => pathsOf([["a/".repeat(101)]])).toThrow(limit);
    expect(() => pathsOf([Array.from({ length: 20 }, () => "x".repeat(240))])).toThrow(limit);
    expect(() => pathsOf([["abc"]], { pathMaxBytes: 10 })).toThrow(limit);
  });

  it("takes equal names by the ten thousand in a moment", () => {
    const files = Array.from({ length: 20_000 }, (_, i) => [`${"x".repeat(236)}${i % 9000}`]);
    expect(new Set(pathsOf(files)).size).toBe(20_000);
  });

  it("makes one element of a torrent's name", () => {
    expect(makeSafeName(utf8("a/b\\..\u202e"))).toBe("a_b_..");
    for (const text of ["", ".", "..", "\u0000"]) expect(makeSafeName(utf8(text)), `name ${text}`).toBe("_");
    expect(makeSafeName(utf8("aux"), WINDOWS)).toBe("_aux");
  });

  const nastyPart = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "/",
      "a",
      "A",
      "b",
      "a/b",
      "a (1)",
      "con",
      "\u202e..",
      ".\u0000.",
      "x".repeat(300),
      "é".repeat(200),
    ),
    fc.string({ unit: "binary", maxLength: 10 }),
  );
  const nastyBytes = fc.oneof(nastyPart.map(utf8), fc.uint8Array({ maxLength: 12 }));
  const nastyFiles = fc.array(fc.array(nastyBytes, { maxLength: 4 }), { maxLength: 12 });

  it("never leaves the folder, never collides, never is too long", () => {
    fc.assert(
      fc.property(nastyFiles, fc.boolean(), (files, windows) => {
        const paths = makeSafePaths(files, { windows });
        const taken = new Set<string>();
        const folders = new Set<string>();
        expect(paths).toHaveLength(files.length);
        for (const path of paths) {
          expect(path.length).toBeGreaterThan(0);
          for (const [depth, element] of path.entries()) {
            expect(["", ".", ".."]).not.toContain(element);
            expect(element).not.toMatch(/[/\\\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/u);
            expect(utf8(element).length).toBeLessThanOrEqual(240);
            if (windows) expect(element).not.toMatch(/[. ]$|[<>:"|?*]/);
            if (depth > 0) folders.add(path.slice(0, depth).join("/").normalize("NFC").toLowerCase());
          }
          const folded = path.join("/").normalize("NFC").toLowerCase();
          expect(taken).not.toContain(folded);
          taken.add(folded);
        }
        for (const folder of folders) expect(taken).not.toContain(folder);
      }),
      { numRuns: 300 },
    );
  });

  it("is stable: safe names stay as they are", () => {
    fc.assert(
      fc.property(nastyFiles, fc.boolean(), (files, windows) => {
        const paths = makeSafePaths(files, { windows });
        expect(
          makeSafePaths(
            paths.map((path) => path.map(utf8)),
            { windows },
          ),
        ).toEqual(paths);
      }),
    );
  });
});
