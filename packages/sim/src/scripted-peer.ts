/** A peer of our own making that speaks real wire bytes and behaves as its script says. */
import type { Endpoint } from "@torrential/core";
import type { WireMessage } from "@torrential/protocol";
import type { Clock } from "./clock.ts";
import type { TorrentContent } from "./content.ts";
import type { Network, NetworkHost } from "./network.ts";
import type { SimRandom } from "./random.ts";
import { Wire, type WireOwner } from "./wire.ts";

/** What a script sees of its peer. */
export interface ScriptContext {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly content: TorrentContent;
  readonly peer: ScriptedPeer;
}

export type BlockRequest = Extract<WireMessage, { readonly type: "request" }>;

/** A behaviour, as answers to what happens. What is left out does nothing. */
export interface PeerScript {
  readonly name: string;
  /** Says that it knows BEP 6. */
  readonly fast?: boolean;
  /** Says that it knows BEP 10. */
  readonly extended?: boolean;
  /** Both handshakes are through: the place for a bitfield. */
  handleReady?(wire: Wire, context: ScriptContext): void;
  handleMessage?(wire: Wire, message: WireMessage, context: ScriptContext): void;
  handleRequest?(wire: Wire, request: BlockRequest, context: ScriptContext): void;
  handleBlock?(
    wire: Wire,
    block: { readonly piece: number; readonly begin: number; readonly bytes: Uint8Array },
    context: ScriptContext,
  ): void;
  handleClosed?(wire: Wire, context: ScriptContext): void;
}

export interface ScriptedPeerOptions {
  readonly host: NetworkHost;
  readonly port: number;
  readonly infoHash: Uint8Array;
  readonly content: TorrentContent;
  readonly script: PeerScript;
}

export interface ScriptedPeerDeps {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly network: Network;
}

export class ScriptedPeer implements WireOwner {
  readonly host: NetworkHost;
  readonly endpoint: Endpoint;
  readonly script: PeerScript;
  readonly wires: Set<Wire> = new Set();
  readonly #options: ScriptedPeerOptions;
  readonly #deps: ScriptedPeerDeps;
  readonly #context: ScriptContext;
  readonly #peerId: Uint8Array;
  /** Connections that ended, and how. */
  readonly closes: { readonly at: number; readonly reason: string }[] = [];
  accepts = 0;
  sentBlockBytes = 0;

  constructor(options: ScriptedPeerOptions, deps: ScriptedPeerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.host = options.host;
    this.endpoint = { address: options.host.address, port: options.port, family: 4 };
    this.script = options.script;
    this.#context = { clock: deps.clock, random: deps.random, content: options.content, peer: this };
    this.#peerId = deps.random.nextBytes(20);
    deps.network.listen(options.host, options.port, (end) => {
      this.accepts += 1;
      const wire = this.#makeWire(false);
      wire.attach(end);
      return wire;
    });
  }

  connect(endpoint: Endpoint): Wire {
    const wire = this.#makeWire(true);
    wire.attach(this.#deps.network.connect(this.host, endpoint, wire));
    return wire;
  }

  /** Goes away like a process that was killed. */
  vanish(): void {
    this.#deps.network.kill(this.host);
    this.wires.clear();
  }

  handleReady(wire: Wire): void {
    this.script.handleReady?.(wire, this.#context);
  }

  handleMessage(wire: Wire, message: WireMessage): void {
    this.script.handleMessage?.(wire, message, this.#context);
    if (message.type !== "request") return;
    const before = wire.sentBlockBytes;
    this.script.handleRequest?.(wire, message, this.#context);
    this.sentBlockBytes += wire.sentBlockBytes - before;
  }

  handleBlock(wire: Wire, piece: number, begin: number, bytes: Uint8Array): void {
    this.script.handleBlock?.(wire, { piece, begin, bytes }, this.#context);
  }

  handleClosed(wire: Wire, reason: string): void {
    this.wires.delete(wire);
    this.closes.push({ at: this.#deps.clock.now, reason });
    this.script.handleClosed?.(wire, this.#context);
  }

  #makeWire(isInitiator: boolean): Wire {
    const { infoHash, content, script } = this.#options;
    const wire = new Wire(
      {
        infoHash,
        peerId: this.#peerId,
        geometry: content.geometry,
        fast: script.fast ?? true,
        extended: script.extended ?? false,
        isInitiator,
      },
      this,
    );
    this.wires.add(wire);
    return wire;
  }
}
