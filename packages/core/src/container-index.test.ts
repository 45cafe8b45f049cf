import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, utf8 } from "./bytes.ts";
import { locateContainerIndex } from "./container-index.ts";

function box(type: string, length: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, length);
  head.set(utf8(type), 4);
  return concatBytes([head, body]);
}

const FTYP = box("ftyp", 16, utf8("isom0000"));

describe("the index of an mp4", () => {
  it("is behind the film's data when it is not before it", () => {
    const head = concatBytes([FTYP, box("free", 8), box("mdat", 5_000_000)]);
    expect(locateContainerIndex(head, 5_100_000)).toEqual({ start: 5_000_024, end: 5_100_000 });
  });

  it("is behind data whose length takes eight bytes", () => {
    const head = concatBytes([FTYP, box("mdat", 1, fromHex("0000000200000000"))]);
    expect(locateContainerIndex(head, 2 ** 33 + 500)).toEqual({ start: 2 ** 33 + 16, end: 2 ** 33 + 500 });
  });

  it("is where it says when it comes first", () => {
    expect(locateContainerIndex(concatBytes([FTYP, box("moov", 90_000)]), 5_000_000)).toEqual({
      start: 16,
      end: 90_016,
    });
  });

  it.each([
    ["no film", utf8("plain text that is no film at all")],
    ["data to the end of the file", concatBytes([FTYP, box("mdat", 0)])],
    ["a box of no length", concatBytes([FTYP, box("skip", 3)])],
    ["nothing", new Uint8Array(0)],
  ])("is not to be found in %s", (_, head) => {
    expect(locateContainerIndex(head, 1_000_000)).toBeUndefined();
  });
});

describe("the cues of an mkv", () => {
  // EBML (4 bytes), Segment of unknown length, SeekHead with two Seeks: Info at 0x30, Cues at 0x4c4b40.
  const seek = (id: string, position: string): string => `4dbb8e53ab84${id}53ac84${position}`;
  const head = fromHex(
    `1a45dfa38442868101` +
      `18538067 01ffffffffffffff 114d9b74 a2 ${seek("1549a966", "00000030")} ${seek("1c53bb6b", "004c4b40")}`.replaceAll(
        " ",
        "",
      ),
  );

  it("are where the seek head says", () => {
    const start = 9 + 12 + 5_000_000;
    expect(locateContainerIndex(head, 6_000_000)).toEqual({ start, end: 6_000_000 });
  });

  it("are not looked for beyond the file", () => {
    expect(locateContainerIndex(head, 4_000_000)).toBeUndefined();
  });
});

describe("any head", () => {
  it("gives a range within the file, or none", () => {
    const starts = [FTYP, fromHex("1a45dfa38018538067ff114d9b74"), new Uint8Array(0)];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), fc.nat(), (start, rest, length) => {
        const range = locateContainerIndex(concatBytes([start, rest]), length);
        if (range === undefined) return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThanOrEqual(length);
      }),
    );
  });
});
