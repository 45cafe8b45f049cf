import { makeEndpoint, peerIdFromBytes } from "@torrential/core";
import { PeerError } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { admit, type Admitted } from "./admission.ts";
import type { Arrival } from "./arrival.ts";
import { PeerList } from "./peer-list.ts";

const LESSER = peerIdFromBytes(new Uint8Array(20).fill(1));
const GREATER = peerIdFromBytes(new Uint8Array(20).fill(9));
const IPV4 = makeEndpoint("198.18.0.7", 6_881);
const IPV6 = makeEndpoint("fd18::7", 6_881);
const ELSEWHERE = makeEndpoint("203.0.113.7", 40_000);

interface Way {
  readonly endpoint: typeof IPV4;
  readonly isOutgoing: boolean;
}

/** Which of two connections to the same peer stays at the side whose id is `own`. */
function kept(first: Way, second: Way, own = LESSER, laterMs = 100): "first" | "second" {
  const other = own === LESSER ? GREATER : LESSER;
  const seated: Admitted = { ...first, peerId: other, connectedAt: 0 };
  const common = { connection: 2, peerId: other, fast: true, extended: true, dht: false, unsentBytes: 0 };
  const arrival: Arrival = { ...second, ...common, transport: "tcp" };
  const peers = new Map([[1, seated]]);
  const view = { peerId: own, peerList: new PeerList(() => 0), peers, peersMax: 50, own: [], isInUse: () => false };
  try {
    return admit(arrival, view, laterMs)?.peer === seated ? "second" : "first";
  } catch (error) {
    if (error instanceof PeerError && error.code === "duplicate-peer") return "first";
    throw error;
  }
}

describe("admission of a peer that is connected already", () => {
  it.each([
    { name: "the same address", from: IPV4 },
    { name: "IPv6 as well as IPv4", from: IPV6 },
    { name: "its address outside", from: ELSEWHERE },
  ])("refuses it from $name when it comes later", ({ from }) => {
    for (const isOutgoing of [true, false])
      expect(kept({ endpoint: IPV4, isOutgoing: true }, { endpoint: from, isOutgoing }, GREATER, 6_000)).toBe("first");
  });

  it.each([IPV4, IPV6, ELSEWHERE])("keeps what the greater id dialled when both dial at once (%o)", (back) => {
    const out = { endpoint: IPV4, isOutgoing: true };
    const back_ = { endpoint: back, isOutgoing: false };
    expect([kept(out, back_, GREATER), kept(back_, out, GREATER)]).toEqual(["first", "second"]);
    expect([kept(out, back_, LESSER), kept(back_, out, LESSER)]).toEqual(["second", "first"]);
  });

  it.each([true, false])(
    "keeps IPv6 of two ways that one side dialled at once, in whichever order (%s)",
    (isOutgoing) => {
      const by4 = { endpoint: IPV4, isOutgoing };
      const by6 = { endpoint: IPV6, isOutgoing };
      for (const own of [LESSER, GREATER])
        expect([kept(by4, by6, own), kept(by6, by4, own)]).toEqual(["second", "first"]);
    },
  );

  it("lets a stranger in", () => {
    const view = {
      peerId: LESSER,
      peerList: new PeerList(() => 0),
      peers: new Map<number, Admitted>(),
      peersMax: 50,
      own: [],
    };
    const arrival = { connection: 1, endpoint: IPV4, isOutgoing: false, peerId: GREATER, unsentBytes: 0 };
    const flags = { transport: "tcp", fast: true, extended: true, dht: true } as const;
    expect(admit({ ...arrival, ...flags }, { ...view, isInUse: () => false }, 0)).toBeUndefined();
  });
});
