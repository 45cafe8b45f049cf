/**
 * A network of DHT nodes on virtual time: thousands of real machines, datagrams with delay and loss, nodes that leave
 * without a word. No disks, no peers: what `World` has beyond this would only cost.
 */
import { type Endpoint, endpointKey, makeEndpoint } from "@torrential/core";
import type { Millis } from "@torrential/engine";
import { DhtNode, type DhtOptions, type DhtOutput } from "@torrential/protocol";
import { Clock, type SimEvent } from "../clock.ts";
import type { SimRandom } from "../random.ts";

const DELAY_MIN_MS = 10;
const DELAY_MAX_MS = 150;
const LOSS = 0.01;
const PORT = 6881;

/** Whatever sits at an endpoint. */
export interface Resident {
  handleDatagram(from: Endpoint, bytes: Uint8Array): void;
}

export class DhtNetwork {
  readonly clock: Clock = new Clock();
  readonly random: SimRandom;
  readonly #residents = new Map<string, Resident>();
  #datagramCount = 0;
  #byteCount = 0;

  constructor(random: SimRandom) {
    this.random = random;
  }

  get now(): Millis {
    return this.clock.now;
  }

  get datagramCount(): number {
    return this.#datagramCount;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  settle(endpoint: Endpoint, resident: Resident): void {
    this.#residents.set(endpointKey(endpoint), resident);
  }

  vacate(endpoint: Endpoint): void {
    this.#residents.delete(endpointKey(endpoint));
  }

  send(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    this.#datagramCount += 1;
    this.#byteCount += bytes.length;
    if (this.random.hasChance(LOSS)) return;
    const key = endpointKey(to);
    this.clock.after(this.random.nextBetween(DELAY_MIN_MS, DELAY_MAX_MS), () =>
      this.#residents.get(key)?.handleDatagram(from, bytes),
    );
  }

  /** A public address in a /24 that nobody has yet, most likely. */
  drawEndpoint(): Endpoint {
    const { random } = this;
    for (;;) {
      const octets = [random.nextInt(90) + 11, random.nextInt(256), random.nextInt(256), random.nextInt(254) + 1];
      const endpoint = makeEndpoint(octets.join("."), PORT);
      // 50.60.0.0/16 is the attackers'.
      if (!this.#residents.has(endpointKey(endpoint)) && !endpoint.address.startsWith("50.60.")) return endpoint;
    }
  }

  /** Runs `ms` of virtual time. */
  run(ms: Millis): void {
    const end = this.clock.now + ms;
    this.clock.schedule(end, () => {});
    while (this.clock.now < end) if (!this.clock.step()) return;
  }
}

/** What a request of a resident came to, and when. */
export type Finding = Exclude<DhtOutput, { type: "send" | "bootstrap-wanted" | "address-vote" }> & {
  readonly at: Millis;
};

/** One of our nodes at one IPv4 endpoint. */
export class DhtResident implements Resident {
  readonly endpoint: Endpoint;
  readonly node: DhtNode;
  readonly #network: DhtNetwork;
  readonly #bootstrap: () => readonly Endpoint[];
  #timer: SimEvent | undefined;
  #timerAt = Infinity;
  #isGone = false;
  /** What its requests came to. */
  readonly findings: Finding[] = [];

  constructor(
    network: DhtNetwork,
    options: Partial<DhtOptions> & { readonly endpoint: Endpoint; readonly bootstrap: () => readonly Endpoint[] },
  ) {
    const { endpoint, bootstrap, ...rest } = options;
    this.endpoint = endpoint;
    this.#network = network;
    this.#bootstrap = bootstrap;
    const random = network.random.split(endpointKey(endpoint));
    this.node = new DhtNode(
      { sockets: [{ family: 4 }], port: endpoint.port, ...rest },
      { random: random.next },
      network.now,
    );
    network.settle(endpoint, this);
    this.#drain();
  }

  handleDatagram(from: Endpoint, bytes: Uint8Array): void {
    if (this.#isGone) return;
    this.node.handleDatagram(0, from, bytes, this.#network.now);
    this.#drain();
  }

  request(...[request, subject]: [number, Parameters<DhtNode["handleRequest"]>[1]]): void {
    this.node.handleRequest(request, subject, this.#network.now);
    this.#drain();
  }

  /** Gone, without a word. */
  leave(): void {
    this.#isGone = true;
    this.#network.clock.cancel(this.#timer);
    this.#network.vacate(this.endpoint);
  }

  #drain(): void {
    for (let output = this.node.poll(); output !== undefined; output = this.node.poll()) {
      if (output.type === "send") this.#network.send(this.endpoint, output.endpoint, output.bytes);
      else if (output.type === "bootstrap-wanted") this.node.handleEndpoints(this.#bootstrap(), this.#network.now);
      else if (output.type !== "address-vote") this.findings.push({ ...output, at: this.#network.now });
    }
    this.#arm();
  }

  #arm(): void {
    const at = this.node.nextTimeout();
    // An earlier timer that turns out to be early costs less than one for each datagram.
    if (this.#timer?.run !== undefined && this.#timerAt <= at) return;
    this.#network.clock.cancel(this.#timer);
    this.#timerAt = at;
    this.#timer = this.#network.clock.schedule(at, () => {
      this.node.handleTimeout(this.#network.now);
      this.#drain();
    });
  }
}
