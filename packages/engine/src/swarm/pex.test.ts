import { type Endpoint, makeEndpoint } from "@torrential/core";
import { decodePexMessage, encodePexMessage, PEX_EXTENSION, type PexPeer } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { makeKnown } from "../test-support/peers.ts";
import type { ExtensionPeer } from "./extensions.ts";
import { makePex, type PexOptions } from "./pex.ts";
import { SendQueue } from "./send-queue.ts";
import { WireWriter } from "@torrential/protocol";

const NO_FLAGS = { encryption: false, seed: false, utp: false, holepunch: false, outgoing: false };

interface TestPeer extends ExtensionPeer {
  readonly sent: Uint8Array[];
}

function makePeer(
  connection: number,
  options: { endpoint?: Endpoint; isOutgoing?: boolean; port?: number } = {},
): TestPeer {
  const { endpoint = makeEndpoint(`203.0.113.${connection}`, 6_881), isOutgoing = true, port } = options;
  const sent: Uint8Array[] = [];
  const listener = port === undefined ? undefined : makeKnown({ ...endpoint, port });
  return {
    connection,
    endpoint,
    isOutgoing,
    known: { ...makeKnown(endpoint), listener },
    isSeed: connection === 2,
    send: new SendQueue(connection, new WireWriter(), 0),
    extensionIds: new Map([[PEX_EXTENSION, 1]]),
    sent,
    sendExtension: (_, payload) => void sent.push(payload),
  };
}

function start(options: Partial<PexOptions> = {}) {
  const added: PexPeer[] = [];
  const pex = makePex({ isTelling: true, add: (peer) => void added.push(peer), ...options });
  const know = (...peers: readonly TestPeer[]): void => {
    for (const peer of peers) pex.handleKnown?.(peer, NO_HANDSHAKE, 0);
  };
  return { pex, added, know, second: (peers: readonly TestPeer[], now: number) => pex.handleSecond?.(peers, now) };
}

const NO_HANDSHAKE = {
  extensions: new Map(),
  port: undefined,
  client: undefined,
  yourIp: undefined,
  ipv4: undefined,
  ipv6: undefined,
  requestQueue: undefined,
  metadataLengthBytes: undefined,
  uploadOnly: undefined,
  completeAgoSeconds: undefined,
};

function messageOf(endpoints: readonly Endpoint[]): Uint8Array {
  return encodePexMessage({ added: endpoints.map((endpoint) => ({ endpoint, flags: NO_FLAGS })), dropped: [] });
}

function lastOf(peer: TestPeer) {
  return decodePexMessage(peer.sent.at(-1) ?? new Uint8Array(0));
}

describe("peer exchange", () => {
  it("tells each peer of the others, with what they are, and not of itself", () => {
    const { know, second } = start();
    const [a, b, c] = [makePeer(1), makePeer(2), makePeer(3, { isOutgoing: false, port: 5_000 })];
    know(a, b, c);
    second([a, b, c], 1_000);
    expect(lastOf(a).added).toEqual([
      { endpoint: b.endpoint, flags: { ...NO_FLAGS, seed: true, outgoing: true } },
      { endpoint: makeEndpoint("203.0.113.3", 5_000), flags: NO_FLAGS },
    ]);
    expect(lastOf(c).added.map(({ endpoint }) => endpoint)).toEqual([a.endpoint, b.endpoint]);
  });

  it("says nothing of who came to us and did not say where it listens", () => {
    const { know, second } = start();
    const [a, b] = [makePeer(1), makePeer(2, { isOutgoing: false })];
    know(a, b);
    second([a, b], 1_000);
    expect([a.sent.length, b.sent.length]).toEqual([0, 1]);
  });

  it("says what changed, once a minute, 50 at most", () => {
    const { know, second } = start();
    const a = makePeer(1);
    const many = Array.from({ length: 60 }, (_, index) => makePeer(index + 2));
    know(a);
    second([a, ...many], 0);
    expect(lastOf(a).added.length).toBe(50);
    second([a, ...many], 59_999);
    expect(a.sent.length).toBe(1);
    second([a, ...many.slice(5)], 60_000);
    expect([lastOf(a).added.length, lastOf(a).dropped.length]).toEqual([10, 5]);
    second([a, ...many.slice(5)], 120_000);
    expect(a.sent.length).toBe(2);
  });

  it("keeps home addresses at home, both ways", () => {
    const { pex, know, second, added } = start();
    const outside = makePeer(1);
    const inside = [
      makePeer(2, { endpoint: makeEndpoint("10.0.0.2", 1) }),
      makePeer(3, { endpoint: makeEndpoint("10.0.0.3", 1) }),
    ];
    know(outside, ...inside);
    second([outside, ...inside], 0);
    expect([outside.sent.length, lastOf(inside[0] as TestPeer).added.length]).toEqual([0, 2]);
    const named = ["10.0.0.9", "127.0.0.1", "169.254.1.1", "224.0.0.1", "0.0.0.1", "8.8.8.8"].map((ip) =>
      makeEndpoint(ip, 7),
    );
    pex.handleMessage(outside, messageOf(named), 0);
    expect(added.map(({ endpoint }) => endpoint.address)).toEqual(["8.8.8.8"]);
  });

  it("hears 200 of a first message, 50 of later ones, and ends with who floods", () => {
    const { pex, added } = start();
    const peer = makePeer(1);
    const many = Array.from({ length: 300 }, (_, index) =>
      makeEndpoint(`198.51.${index >> 8}.${index & 255}`, 80 + index),
    );
    pex.handleMessage(peer, messageOf(many), 0);
    expect(added.length).toBe(200);
    for (let i = 1; i < 6; i++) pex.handleMessage(peer, messageOf(many), i);
    expect(added.length).toBe(450);
    expect(() => pex.handleMessage(peer, messageOf([]), 7)).toThrow(/more than 6/);
  });

  it("only listens while a torrent may turn out to be private", () => {
    const { pex, added, know, second } = start({ isTelling: false });
    const [a, b] = [makePeer(1), makePeer(2)];
    know(a, b);
    second([a, b], 0);
    pex.handleMessage(a, messageOf([makeEndpoint("8.8.8.8", 7)]), 0);
    expect([a.sent.length, b.sent.length, added.length]).toEqual([0, 0, 1]);
  });
});
