/**
 * An attacker who owns a /16 and wants targets for itself: ids next to the target, or the nearest that fit its addresses
 * (BEP 42), answers that name only its own, no peers, and questions to everybody so as to get into their tables.
 */
import { type Endpoint, makeEndpoint } from "@torrential/core";
import { type Contact, compareDistance, decodeKrpc, encodeQuery, makeNodeId } from "@torrential/protocol";
import type { DhtNetwork, Resident } from "./network.ts";
import { encodeSybilAnswer } from "./sybil-answer.ts";

export interface SybilOptions {
  readonly count: number;
  readonly targets: readonly Uint8Array[];
  readonly routers: readonly Endpoint[];
}

const NETWORK = "50.60";
const ASK_EVERY_MS = 2_000;
/** Addresses tried for an id that fits and is near. */
const ID_TRIES = 40;

export function makeSybils(network: DhtNetwork, options: SybilOptions): void {
  const ring: Contact[] = [];
  const used = new Set<string>();
  for (let i = 0; i < options.count; i++) {
    const target = options.targets[i % options.targets.length] ?? new Uint8Array(20);
    // Half of them lie about their id, half stay within BEP 42.
    const contact = i % 2 === 0 ? drawLiar(network, target, used) : drawHonestId(network, target, used);
    used.add(contact.endpoint.address);
    ring.push(contact);
  }
  for (const contact of ring) network.settle(contact.endpoint, new Sybil(network, contact, ring, options.routers));
}

function drawAddress(network: DhtNetwork, used: ReadonlySet<string>): string {
  for (;;) {
    const address = `${NETWORK}.${network.random.nextInt(256)}.${network.random.nextInt(254) + 1}`;
    if (!used.has(address)) return address;
  }
}

/** Next to the target, whatever its address says. */
function drawLiar(network: DhtNetwork, target: Uint8Array, used: ReadonlySet<string>): Contact {
  const id = target.slice();
  id.set(network.random.nextBytes(6), 14);
  return { id, endpoint: makeEndpoint(drawAddress(network, used), 6881) };
}

function drawHonestId(network: DhtNetwork, target: Uint8Array, used: ReadonlySet<string>): Contact {
  let best: Contact | undefined;
  for (let i = 0; i < ID_TRIES; i++) {
    const address = drawAddress(network, used);
    const id = makeNodeId(address, network.random.next);
    if (best === undefined || compareDistance(target, id, best.id) < 0)
      best = { id, endpoint: makeEndpoint(address, 6881) };
  }
  if (best === undefined) throw new Error("no address was tried");
  return best;
}

class Sybil implements Resident {
  readonly #network: DhtNetwork;
  readonly #self: Contact;
  readonly #ring: readonly Contact[];
  /** Honest nodes it heard of, to push itself on. */
  readonly #known: Endpoint[];

  constructor(network: DhtNetwork, self: Contact, ring: readonly Contact[], routers: readonly Endpoint[]) {
    this.#network = network;
    this.#self = self;
    this.#ring = ring;
    this.#known = [...routers];
    network.clock.after(network.random.nextInt(ASK_EVERY_MS), () => this.#ask());
  }

  handleDatagram(from: Endpoint, bytes: Uint8Array): void {
    const message = decodeKrpc(bytes);
    if (message.type === "answer") {
      for (const { endpoint } of message.answer.nodes)
        if (this.#known.length < 400 && !endpoint.address.startsWith(NETWORK)) this.#known.push(endpoint);
      return;
    }
    if (message.type !== "query") return;
    const { query, transaction } = message;
    const target = "target" in query ? query.target : "infoHash" in query ? query.infoHash : undefined;
    const nearest =
      target === undefined
        ? []
        : this.#network.random
            .shuffle(this.#ring)
            .slice(0, 60)
            .sort((a, b) => compareDistance(target, a.id, b.id))
            .slice(0, 8);
    const answer = encodeSybilAnswer({ transaction, id: this.#self.id, nodes: nearest });
    this.#network.send(this.#self.endpoint, from, answer);
  }

  #ask(): void {
    const transaction = this.#network.random.nextBytes(4);
    const query = {
      method: "find_node",
      target: this.#network.random.nextBytes(20),
      want: { n4: false, n6: false },
    } as const;
    const bytes = encodeQuery({ transaction, id: this.#self.id, readOnly: false }, query);
    this.#network.send(this.#self.endpoint, this.#network.random.pick(this.#known), bytes);
    this.#network.clock.after(ASK_EVERY_MS, () => this.#ask());
  }
}
