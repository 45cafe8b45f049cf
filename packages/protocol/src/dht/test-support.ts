/** For tests: a seeded source, and nodes that talk to each other without a network. */
import { type Endpoint, endpointKey, makeEndpoint } from "@torrential/core";
import { DhtNode, type DhtOptions, type DhtOutput } from "./dht-node.ts";

/** mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Party {
  readonly endpoint: Endpoint;
  readonly node: DhtNode;
  readonly findings: DhtOutput[];
}

/** Datagrams arrive at once, in order; time goes on when told. */
export class Table {
  now = 1_000_000;
  readonly sent: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  readonly #parties = new Map<string, Party>();
  #seed = 1;

  join(address: string, options: Partial<DhtOptions> = {}): Party {
    const endpoint = makeEndpoint(address, 6881);
    const random = seededRandom(this.#seed++);
    const node = new DhtNode({ sockets: [{ family: endpoint.family }], port: 6881, ...options }, { random }, this.now);
    const party: Party = { endpoint, node, findings: [] };
    this.#parties.set(endpointKey(endpoint), party);
    return party;
  }

  introduce(party: Party, to: readonly Party[]): void {
    party.node.handleEndpoints(
      to.map(({ endpoint }) => endpoint),
      this.now,
    );
    this.settle();
  }

  /** Until nobody has anything to say. */
  settle(): void {
    for (let round = 0; round < 10_000; round++) {
      const said = [...this.#parties.values()].flatMap((party) => drain(party));
      if (said.length === 0) return;
      for (const { from, to, bytes } of said) {
        this.sent.push({ from, to, bytes });
        this.#parties.get(endpointKey(to))?.node.handleDatagram(0, from, bytes, this.now);
      }
    }
    throw new Error("they never stop talking");
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(...[...this.#parties.values()].map(({ node }) => node.nextTimeout()));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const { node } of this.#parties.values()) if (node.nextTimeout() <= this.now) node.handleTimeout(this.now);
      this.settle();
    }
    this.now = end;
  }

  leave(party: Party): void {
    this.#parties.delete(endpointKey(party.endpoint));
  }
}

function drain(party: Party): { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }[] {
  const said: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  for (let output = party.node.poll(); output !== undefined; output = party.node.poll()) {
    if (output.type === "send") said.push({ from: party.endpoint, to: output.endpoint, bytes: output.bytes });
    else party.findings.push(output);
  }
  return said;
}
