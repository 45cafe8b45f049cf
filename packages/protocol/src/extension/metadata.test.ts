import { latin1 } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PeerError } from "../peer-error.ts";
import { decodeMetadataMessage, encodeMetadataMessage, metadataPieceCount, metadataPieceLength } from "./metadata.ts";

const bytes = (text: string): Uint8Array => latin1(text);

describe("metadata messages (BEP 9)", () => {
  it("read as the BEP's examples write them", () => {
    expect(encodeMetadataMessage({ type: "request", piece: 0 })).toEqual(bytes("d8:msg_typei0e5:piecei0ee"));
    expect(encodeMetadataMessage({ type: "reject", piece: 0 })).toEqual(bytes("d8:msg_typei2e5:piecei0ee"));
    const data = { type: "data", piece: 0, totalBytes: 34_256, bytes: bytes("xx") } as const;
    expect(encodeMetadataMessage(data)).toEqual(bytes("d8:msg_typei1e5:piecei0e10:total_sizei34256eexx"));
    expect(decodeMetadataMessage(encodeMetadataMessage(data))).toEqual(data);
  });

  it("of a type that is not known are ignored", () => {
    expect(decodeMetadataMessage(bytes("d8:msg_typei3e5:piecei0ee"))).toBeUndefined();
  });

  it.each([
    ["no dictionary", "i1e"],
    ["no bencoding", "d8:msg"],
    ["no type", "d5:piecei0ee"],
    ["no piece", "d8:msg_typei0ee"],
    ["a piece beyond 30 MiB", "d8:msg_typei0e5:piecei1920ee"],
    ["data without a size", "d8:msg_typei1e5:piecei0ee"],
    ["data of more than 30 MiB", "d8:msg_typei1e5:piecei0e10:total_sizei31457281ee"],
    ["more than a piece", `d8:msg_typei1e5:piecei0e10:total_sizei34256ee${"x".repeat(17 * 1024)}`],
    ["a list bomb", "l".repeat(2_000)],
  ])("with %s are a breach", (_, text) => {
    expect(() => decodeMetadataMessage(bytes(text))).toThrow(PeerError);
  });

  it("cut metadata into pieces of 16 KiB and a rest", () => {
    expect([metadataPieceCount(16_384), metadataPieceCount(16_385)]).toEqual([1, 2]);
    expect([metadataPieceLength(16_385, 0), metadataPieceLength(16_385, 1)]).toEqual([16_384, 1]);
  });
});
