import { toHex } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PeerError } from "../peer-error.ts";
import { encodeHandshake, HandshakeReader } from "./handshake.ts";
import type { Handshake } from "./handshake.ts";

const HANDSHAKE: Handshake = {
  infoHash: new Uint8Array(20).fill(0xaa),
  peerId: Uint8Array.from("-TO0100-abcdefghijkl", (character) => character.charCodeAt(0)),
  extensions: { fast: true, extended: true, dht: true, v2: false },
};

describe("handshake", () => {
  it("is the 68 bytes of BEP 3", () => {
    const hex = toHex(encodeHandshake(HANDSHAKE));
    expect(hex).toBe(
      "13426974546f7272656e742070726f746f636f6c" +
        "0000000000100005" +
        "aa".repeat(20) +
        "2d544f303130302d6162636465666768696a6b6c",
    );
  });

  it.each([
    ["fast", 7, 0x04],
    ["extended", 5, 0x10],
    ["dht", 7, 0x01],
    ["v2", 7, 0x10],
  ] as const)("says %s with one reserved bit", (name, at, bit) => {
    const none = { fast: false, extended: false, dht: false, v2: false };
    const bytes = encodeHandshake({ ...HANDSHAKE, extensions: { ...none, [name]: true } });
    const reserved = new Uint8Array(8);
    reserved[at] = bit;
    expect(bytes.subarray(20, 28)).toEqual(reserved);
    const reader = new HandshakeReader();
    reader.receive(bytes);
    expect(reader.handshake?.extensions).toEqual({ ...none, [name]: true });
  });

  it("is read at every split point, and leaves the rest", () => {
    const bytes = new Uint8Array([...encodeHandshake(HANDSHAKE), 1, 2, 3]);
    for (let at = 0; at <= bytes.length; at++) {
      const reader = new HandshakeReader();
      const first = reader.receive(bytes.subarray(0, at));
      expect(first).toBe(Math.min(at, 68));
      expect(reader.infoHash).toEqual(at < 48 ? undefined : HANDSHAKE.infoHash);
      expect(reader.handshake === undefined).toBe(at < 68);
      expect(first + reader.receive(bytes.subarray(first))).toBe(68);
      expect(reader.handshake).toEqual(HANDSHAKE);
    }
  });

  it("ends at the first byte that is none", () => {
    const bytes = encodeHandshake(HANDSHAKE);
    for (let at = 0; at < 20; at++) {
      const wrong = bytes.slice(0, at + 1);
      wrong[at]! ^= 0x20;
      expect(() => new HandshakeReader().receive(wrong), `byte ${at}`).toThrow(PeerError);
    }
  });

  it("ignores reserved bits it does not know", () => {
    const bytes = encodeHandshake(HANDSHAKE);
    bytes.fill(0xff, 20, 28);
    const reader = new HandshakeReader();
    reader.receive(bytes);
    expect(reader.handshake?.extensions).toEqual({ fast: true, extended: true, dht: true, v2: true });
  });
});
