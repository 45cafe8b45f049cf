import { Bitfield } from "@torrential/core";
import { decodeExtendedHandshake, encodeExtendedHandshake } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer, written } from "../test-support/peers.ts";
import { Extensions, type PeerExtension } from "./extensions.ts";
import type { Peer } from "./peer.ts";

describe("extensions of the peer protocol", () => {
  it("get ids in the order of the list, and only their own messages", () => {
    const { extensions, heard, peer } = start();
    expect([...extensions.localIds]).toEqual([
      ["first", 1],
      ["second", 2],
    ]);
    extensions.handleMessage(peer, { id: 2, payload: Uint8Array.of(7) }, 0);
    extensions.handleMessage(peer, { id: 3, payload: Uint8Array.of(8) }, 0);
    expect(heard).toEqual(["second 7"]);
  });

  it("are told of peers that know them, and send under the peer's id", () => {
    const { peer, heard, know } = start();
    know({ second: 9, unknown: 4 });
    expect(heard).toEqual(["second known"]);
    peer.sendExtension("second", Uint8Array.of(1));
    peer.sendExtension("first", Uint8Array.of(2));
    expect(written(peer)).toEqual([{ type: "extended", id: 9, payload: Uint8Array.of(1) }]);
  });

  it("each hear of all peers once a second", () => {
    const heard: number[] = [];
    const make = (name: string): PeerExtension => ({
      name,
      handleMessage: () => undefined,
      handleSecond: (peers) => void heard.push([...peers].length),
    });
    const extensions = new Extensions([make("first"), undefined, make("second")]);
    // A map's values can be gone through once.
    extensions.handleSecond(new Map([[1, start().peer]]).values(), 0);
    expect([heard, [...extensions.localIds]]).toEqual([
      [1, 1],
      [
        ["first", 1],
        ["second", 3],
      ],
    ]);
  });

  it("are switched off by id 0", () => {
    const { peer, heard, know } = start();
    know({ second: 9 });
    know({ second: 0 });
    expect(heard).toEqual(["second known"]);
    peer.sendExtension("second", Uint8Array.of(1));
    expect(written(peer)).toEqual([]);
  });
});

function start() {
  const { context } = makeContext();
  const have = new Bitfield(context.geometry.pieceCount);
  const peer = makePeer(context, new PiecePicker({ geometry: context.geometry, have, random: context.random }));
  const heard: string[] = [];
  const make = (name: string): PeerExtension => ({
    name,
    handleMessage: (_: Peer, payload) => heard.push(`${name} ${payload[0]}`),
    handleKnown: () => heard.push(`${name} known`),
  });
  const extensions = new Extensions([make("first"), make("second")]);
  const know = (ids: Record<string, number>): void => {
    const bytes = encodeExtendedHandshake({ extensions: new Map(Object.entries(ids)) });
    extensions.handleHandshake(peer, decodeExtendedHandshake(bytes), 0);
  };
  return { extensions, heard, peer, know };
}
