import { PeerError } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.ts";

function backlogOf(...messages: Parameters<Backlog["handleMessage"]>[0][]): Backlog {
  const backlog = new Backlog();
  for (const message of messages) backlog.handleMessage(message);
  return backlog;
}

describe("what a peer said before the number of pieces was known", () => {
  it("is said again: bitfield with later haves in it, choke, interest, hints", () => {
    const backlog = backlogOf(
      { type: "bitfield", bytes: Uint8Array.of(0x80, 0x00) },
      { type: "unchoke" },
      { type: "interested" },
      { type: "have", piece: 9 },
      { type: "allowed-fast", piece: 3 },
      { type: "suggest", piece: 4 },
    );
    expect(backlog.messages(10)).toEqual([
      { type: "bitfield", bytes: Uint8Array.of(0x80, 0x40) },
      { type: "allowed-fast", piece: 3 },
      { type: "unchoke" },
      { type: "interested" },
      { type: "suggest", piece: 4 },
    ]);
  });

  it("keeps the last word of two", () => {
    const backlog = backlogOf(
      { type: "unchoke" },
      { type: "choke" },
      { type: "interested" },
      { type: "not-interested" },
    );
    expect(backlog.messages(10)).toEqual([]);
  });

  it("fills up haves to a bitfield, after the claim that came first", () => {
    expect(backlogOf({ type: "have-none" }, { type: "have", piece: 1 }).messages(20)).toEqual([
      { type: "have-none" },
      { type: "bitfield", bytes: Uint8Array.of(0x40, 0, 0) },
    ]);
    expect(backlogOf({ type: "have-all" }).messages(20)).toEqual([{ type: "have-all" }]);
  });

  it.each([
    ["a bitfield of another size", { type: "bitfield", bytes: new Uint8Array(3) }],
    ["a bitfield with spare bits", { type: "bitfield", bytes: Uint8Array.of(0, 1) }],
    ["a have beyond the end", { type: "have", piece: 10 }],
    ["a have far beyond the end", { type: "have", piece: 2_000_000 }],
  ] as const)("%s is a breach", (_, message) => {
    expect(() => backlogOf(message).messages(10)).toThrow(PeerError);
  });
});
