import { fromHex, toHex } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { WireWriter, writePieceHeader } from "./encoder.ts";

describe("wire writer", () => {
  it("collects messages until they are taken", () => {
    const writer = new WireWriter();
    writer.interested();
    writer.have(5);
    expect(writer.byteLength).toBe(14);
    expect(toHex(writer.take())).toBe("0000000102" + "000000050400000005");
    expect(writer.byteLength).toBe(0);
    expect(writer.take()).toHaveLength(0);
  });

  it("never writes again where it has given bytes away", () => {
    const writer = new WireWriter();
    writer.request(1, 2, 3);
    const first = writer.take();
    const copy = first.slice();
    for (let i = 0; i < 1000; i++) {
      writer.cancel(i, i, i);
      if (i % 7 === 0) writer.take();
    }
    expect(first).toEqual(copy);
  });

  it("grows over its first buffer without losing a byte", () => {
    const writer = new WireWriter();
    let wanted = "";
    for (let i = 0; i < 500; i++) {
      writer.request(i, 0x4000, 0x4000);
      wanted += `0000000d06${i.toString(16).padStart(8, "0")}0000400000004000`;
      if (i === 20) expect(toHex(writer.take()).length).toBe(21 * 34);
    }
    expect(toHex(writer.take())).toBe(wanted.slice(21 * 34));
  });

  it("takes one message larger than any buffer", () => {
    const writer = new WireWriter();
    writer.unchoke();
    writer.bitfield(new Uint8Array(5000).fill(0xff));
    const bytes = writer.take();
    expect(bytes).toHaveLength(5 + 5 + 5000);
    expect(toHex(bytes.subarray(0, 12))).toBe("000000010100001389" + "05" + "ffff");
  });

  it("writes the head of a piece message", () => {
    const bytes = new Uint8Array(15).fill(0xee);
    writePieceHeader(bytes, 1, 0xfffffffe, 0x8000, 0x4000);
    expect(bytes).toEqual(fromHex("ee" + "00004009" + "07" + "fffffffe" + "00008000" + "ee"));
    const writer = new WireWriter();
    writer.pieceHeader(0xfffffffe, 0x8000, 0x4000);
    expect(writer.take()).toEqual(bytes.subarray(1, 14));
  });
});
