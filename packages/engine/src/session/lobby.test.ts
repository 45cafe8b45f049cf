import { type Endpoint, infoHashBytes, makeEndpoint, parseInfoHash, peerIdFromBytes } from "@torrential/core";
import { encodeHandshake, HANDSHAKE_LENGTH } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { NetworkCommand } from "../ports/network.ts";
import { drain } from "../test-support/context.ts";
import { makeKnown } from "../test-support/peers.ts";
import { type Dial, Lobby, type LobbyResult } from "./lobby.ts";

const OURS = parseInfoHash("aa".repeat(20));
const OTHER = parseInfoHash("bb".repeat(20));
const OUR_ID = peerIdFromBytes(new Uint8Array(20).fill(1));

describe("lobby: incoming connections", () => {
  it("answers a handshake for a torrent we have, and hands over what followed it", () => {
    const { lobby, greet, out } = start();
    lobby.handleIncoming(1, at("192.0.2.1"), 0);
    const result = greet(1, { rest: Uint8Array.of(0, 0, 0, 0) });
    expect(result).toMatchObject({ type: "arrived", infoHash: OURS, dial: undefined });
    expect(arrivedOf(result).rest).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(arrivedOf(result).arrival).toMatchObject({ connection: 1, isOutgoing: false, fast: true, unsentBytes: 68 });
    expect(out()).toMatchObject([{ type: "transmit", connection: 1, byteLength: HANDSHAKE_LENGTH }]);
    expect(lobby.has(1)).toBe(false);
  });

  it("reads a handshake that comes byte by byte, and answers once it knows the torrent", () => {
    const { lobby, out } = start();
    lobby.handleIncoming(1, at("192.0.2.1"), 0);
    const types: string[] = [];
    for (const byte of handshake({})) types.push(lobby.handleData(1, Uint8Array.of(byte)).type);
    expect(types.indexOf("arrived")).toBe(67);
    expect(out()).toHaveLength(1);
  });

  it.each([
    ["a torrent we do not have", { infoHash: OTHER }, "info-hash-unknown"],
    ["ourselves", { peerId: OUR_ID }, "self-connection"],
  ])("sends away who speaks for %s", (_, options, code) => {
    const { lobby, greet, out } = start();
    lobby.handleIncoming(1, at("192.0.2.1"), 0);
    expect(greet(1, options)).toMatchObject({ type: "refused", error: { code } });
    expect(out().at(-1)).toEqual({ type: "close", connection: 1 });
    expect(lobby.size).toBe(0);
  });

  it("sends away who speaks another protocol at the first wrong byte", () => {
    const { lobby, out } = start();
    lobby.handleIncoming(1, at("192.0.2.1"), 0);
    const result = lobby.handleData(1, Uint8Array.of(19, 0x47));
    expect(result).toMatchObject({ type: "refused", error: { code: "handshake-invalid" } });
    expect(out()).toEqual([{ type: "close", connection: 1 }]);
  });

  it("has room for four of one address and for 128 in all", () => {
    const { lobby, out } = start();
    const taken = Array.from({ length: 5 }, (_, index) => lobby.handleIncoming(index, at("192.0.2.1"), 0));
    expect(taken).toEqual([true, true, true, true, false]);
    for (let index = 5; index < 200; index++) lobby.handleIncoming(index, at(`192.0.3.${index}`), 0);
    expect(lobby.size).toBe(128);
    expect(out().filter(({ type }) => type === "close")).toHaveLength(1 + 200 - 5 - 124);
  });

  it("sends away who has not shaken hands after ten seconds, however busily it drips", () => {
    const { lobby, out } = start();
    lobby.handleIncoming(1, at("192.0.2.1"), 0);
    lobby.handleData(1, handshake({}).subarray(0, 40));
    expect(lobby.nextTimeout()).toBe(10_000);
    lobby.handleTimeout(9_999);
    expect(lobby.has(1)).toBe(true);
    expect(lobby.handleTimeout(10_000)).toEqual([]);
    expect(out()).toEqual([{ type: "close", connection: 1 }]);
    expect(lobby.handleData(1, handshake({}))).toEqual({ type: "waiting" });
  });
});

describe("lobby: dials", () => {
  it("sends our handshake once connected and knows whom it dialled", () => {
    const { lobby, greet, out } = start();
    const dial = dialOf(1);
    lobby.dial(1, dial, 0);
    lobby.handleConnected(1, 100);
    lobby.handleTransmitted(1, HANDSHAKE_LENGTH);
    const result = greet(1, {});
    expect(out().map(({ type }) => type)).toEqual(["connect", "transmit"]);
    expect(arrivedOf(result).dial).toBe(dial);
    expect(arrivedOf(result).arrival).toMatchObject({ isOutgoing: true, unsentBytes: 0 });
  });

  it("refuses an answer for another torrent than it dialled for, though we have it", () => {
    const { lobby, greet } = start({ known: [OURS, OTHER] });
    const dial = dialOf(1);
    lobby.dial(1, dial, 0);
    lobby.handleConnected(1, 0);
    expect(greet(1, { infoHash: OTHER })).toMatchObject({
      type: "refused",
      dial,
      error: { code: "info-hash-unknown" },
    });
  });

  it("wants to keep our own address out", () => {
    const { lobby, greet } = start();
    lobby.dial(1, dialOf(1), 0);
    lobby.handleConnected(1, 0);
    expect(greet(1, { peerId: OUR_ID })).toMatchObject({ error: { code: "self-connection", ban: true } });
  });

  it("gives up after 15 s to connect and 10 s to shake hands, and says whose dial it was", () => {
    const { lobby, out } = start();
    const [slow, mute] = [dialOf(1), dialOf(2)];
    lobby.dial(1, slow, 0);
    lobby.dial(2, mute, 0);
    lobby.handleConnected(2, 14_000);
    expect(lobby.handleTimeout(14_999)).toEqual([]);
    expect(lobby.handleTimeout(15_000)).toEqual([slow]);
    expect(lobby.handleTimeout(24_000)).toEqual([mute]);
    expect(out().filter(({ type }) => type === "close")).toHaveLength(2);
    expect(lobby.nextTimeout()).toBeUndefined();
  });

  it("says whose dial ended with the connection", () => {
    const { lobby } = start();
    const dial = dialOf(1);
    lobby.dial(1, dial, 0);
    expect([lobby.handleClosed(1), lobby.handleClosed(1)]).toEqual([dial, undefined]);
  });

  it("allows thirty a second, not more after a long rest", () => {
    const { lobby } = start();
    expect(lobby.dialsAllowed(0)).toBe(30);
    for (let id = 0; id < 30; id++) lobby.dial(id, dialOf(id), 0);
    expect(lobby.dialsAllowed(0)).toBe(0);
    expect(lobby.dialsAllowed(500)).toBe(15);
    expect(lobby.dialsAllowed(1_000_000)).toBe(30);
  });

  it("keeps at most a hundred half open", () => {
    const { lobby } = start();
    let id = 0;
    for (let now = 0; now < 10_000; now += 1_000) {
      for (let count = lobby.dialsAllowed(now); count > 0; count--) lobby.dial(id++, dialOf(id), now);
    }
    expect(lobby.size).toBe(100);
    lobby.handleConnected(0, 10_000);
    expect(lobby.dialsAllowed(10_000)).toBe(1);
  });
});

function start(options: { readonly known?: readonly string[] } = {}) {
  const outbox = new Outbox<NetworkCommand>();
  const known = new Set<string>(options.known ?? [OURS]);
  const lobby = new Lobby({
    peerId: OUR_ID,
    out: outbox,
    knows: (infoHash) => known.has(infoHash),
    usesDht: () => false,
  });
  const greet = (connection: number, greeting: Greeting): LobbyResult =>
    lobby.handleData(connection, Uint8Array.of(...handshake(greeting), ...(greeting.rest ?? [])));
  return { lobby, greet, out: () => drain(outbox) };
}

interface Greeting {
  readonly infoHash?: string;
  readonly peerId?: Uint8Array;
  readonly rest?: Uint8Array;
}

function handshake(greeting: Greeting): Uint8Array {
  return encodeHandshake({
    infoHash: infoHashBytes(parseInfoHash(greeting.infoHash ?? OURS)),
    peerId: greeting.peerId ?? new Uint8Array(20).fill(9),
    extensions: { fast: true, extended: true, dht: false, v2: false },
  });
}

function dialOf(index: number): Dial {
  return { infoHash: OURS, known: makeKnown(makeEndpoint("198.51.100.1", 2_000 + index)) };
}

function at(address: string): Endpoint {
  return makeEndpoint(address, 50_000);
}

function arrivedOf(result: LobbyResult): Extract<LobbyResult, { type: "arrived" }> {
  if (result.type !== "arrived") throw new Error(`nobody arrived: ${result.type}`);
  return result;
}
