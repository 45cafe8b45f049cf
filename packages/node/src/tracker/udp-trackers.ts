/**
 * Announces and scrapes over UDP: one socket per family for all trackers, told apart by the address that an answer comes from.
 * What is said is protocol's business; here are the sockets and the clock.
 */
import { createSocket, type Socket } from "node:dgram";
import { endpointKey, makeEndpoint, type Endpoint, type InfoHash } from "@torrential/core";
import {
  UdpTrackerMachine,
  type AnnounceRequest,
  type AnnounceResponse,
  type ScrapeEntry,
  type UdpTrackerOutput,
} from "@torrential/protocol";
import { secureRandom } from "../secure-random.ts";

const MACHINES_MAX = 200; // Idle ones beyond this are forgotten, and with them a connection id of a minute.

type Answer = Exclude<UdpTrackerOutput, { type: "send" | "failed" }>;

/** What a machine waits with: the promise of one question. */
interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

interface Tracker {
  readonly endpoint: Endpoint;
  readonly machine: UdpTrackerMachine;
  readonly waiting: Map<number, Waiting>;
}

export interface UdpPlace {
  readonly endpoint: Endpoint;
  /** Path and query of the tracker's URL (BEP 41). */
  readonly urlData: string;
}

export interface UdpTrackersOptions {
  readonly bindAddress?: string | undefined;
  /** After this an announce without an answer fails. */
  readonly giveUpAfterMs: number;
}

export class UdpTrackers {
  readonly #options: UdpTrackersOptions;
  /** By endpoint and URL data, least recently used first. */
  readonly #trackers = new Map<string, Tracker>();
  readonly #sockets = new Map<4 | 6, Socket>();
  #nextRequest = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UdpTrackersOptions) {
    this.#options = options;
  }

  /** Rejects with protocol's TrackerError, or with the system's error when nothing could be sent. */
  async announce(place: UdpPlace, request: AnnounceRequest): Promise<AnnounceResponse> {
    const answer = await this.#ask(place, (machine, id) => machine.handleAnnounce(id, request, performance.now()));
    if (answer.type !== "announced") throw new Error("the machine answered another question");
    return answer.response;
  }

  /** Rejects as `announce`. At most 74 torrents. */
  async scrape(place: UdpPlace, infoHashes: readonly Uint8Array[]): Promise<ReadonlyMap<InfoHash, ScrapeEntry>> {
    const answer = await this.#ask(place, (machine, id) => machine.handleScrape(id, infoHashes, performance.now()));
    if (answer.type !== "scraped") throw new Error("the machine answered another question");
    return answer.entries;
  }

  /** Closes the sockets; what still waits is rejected. */
  close(): void {
    clearTimeout(this.#timer);
    for (const { waiting } of this.#trackers.values()) rejectAll(waiting, new Error("the client is closing"));
    this.#trackers.clear();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #ask(place: UdpPlace, handle: (machine: UdpTrackerMachine, id: number) => void): Promise<Answer> {
    const tracker = this.#tracker(place.endpoint, place.urlData);
    const id = this.#nextRequest++;
    return new Promise((resolve, reject) => {
      tracker.waiting.set(id, { resolve, reject });
      handle(tracker.machine, id);
      this.#drain(tracker);
      this.#arm();
    });
  }

  #tracker(endpoint: Endpoint, urlData: string): Tracker {
    const key = `${endpointKey(endpoint)} ${urlData}`;
    const { giveUpAfterMs } = this.#options;
    const tracker = this.#trackers.get(key) ?? {
      endpoint,
      machine: new UdpTrackerMachine({ family: endpoint.family, urlData, giveUpAfterMs }, { random: secureRandom }),
      waiting: new Map<number, Waiting>(),
    };
    this.#trackers.delete(key);
    this.#trackers.set(key, tracker);
    for (const [oldest, { waiting }] of this.#trackers) {
      if (this.#trackers.size <= MACHINES_MAX) break;
      if (waiting.size === 0) this.#trackers.delete(oldest);
    }
    return tracker;
  }

  #drain(tracker: Tracker): void {
    for (let output = tracker.machine.poll(); output !== undefined; output = tracker.machine.poll()) {
      switch (output.type) {
        case "send":
          this.#send(tracker, output.bytes);
          break;
        case "announced":
        case "scraped":
          tracker.waiting.get(output.request)?.resolve(output);
          tracker.waiting.delete(output.request);
          break;
        case "failed":
          tracker.waiting.get(output.request)?.reject(output.error);
          tracker.waiting.delete(output.request);
          break;
      }
    }
  }

  #send(tracker: Tracker, bytes: Uint8Array): void {
    const { address, port, family } = tracker.endpoint;
    this.#socket(family).send(bytes, port, address, (error) => {
      // No route, no such family here, a firewall's no: waiting for an answer is of no use.
      if (error !== null) rejectAll(tracker.waiting, error);
    });
  }

  #socket(family: 4 | 6): Socket {
    const kept = this.#sockets.get(family);
    if (kept !== undefined) return kept;
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6 });
    this.#sockets.set(family, socket);
    socket.on("message", (bytes, from) => this.#handleDatagram(bytes, from));
    socket.on("error", (error) => this.#handleSocketError(family, error));
    socket.bind({
      port: 0,
      ...(this.#options.bindAddress === undefined ? {} : { address: this.#options.bindAddress }),
    });
    return socket;
  }

  #handleDatagram(bytes: Uint8Array, from: { readonly address: string; readonly port: number }): void {
    if (from.port === 0 || from.address.includes("%")) return;
    const prefix = `${endpointKey(makeEndpoint(from.address, from.port))} `;
    for (const [key, tracker] of this.#trackers) {
      if (!key.startsWith(prefix)) continue;
      tracker.machine.handleDatagram(bytes, performance.now());
      this.#drain(tracker);
    }
    this.#arm();
  }

  #handleSocketError(family: 4 | 6, error: Error): void {
    this.#sockets.get(family)?.close();
    this.#sockets.delete(family);
    for (const { endpoint, waiting } of this.#trackers.values())
      if (endpoint.family === family) rejectAll(waiting, error);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    let next = Infinity;
    for (const { machine } of this.#trackers.values()) next = Math.min(next, machine.nextTimeout() ?? Infinity);
    if (next === Infinity) return;
    this.#timer = setTimeout(() => this.#handleTimeout(), Math.max(0, next - performance.now()));
  }

  #handleTimeout(): void {
    for (const tracker of this.#trackers.values()) {
      tracker.machine.handleTimeout(performance.now());
      this.#drain(tracker);
    }
    this.#arm();
  }
}

function rejectAll(waiting: Map<number, Waiting>, error: Error): void {
  const all = [...waiting.values()];
  waiting.clear();
  for (const { reject } of all) reject(error);
}
