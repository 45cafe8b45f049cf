/** The DHT node of a client: what the engine asks of it, and where its state is kept. */
import type { DhtCommand, DhtOutcome } from "@torrential/engine";
import { type Endpoint, TorrentialError } from "@torrential/core";
import type { StateFiles } from "../state/state-files.ts";
import { AnnounceQueue, type DhtAnnounce } from "./announce-queue.ts";
import { defaultBootstrap } from "./bootstrap.ts";
import { Dht, DHT_STATE_FILE, type DhtSettings } from "./dht.ts";

export interface ClientDhtOptions {
  readonly settings: DhtSettings;
  readonly bindAddress: string | undefined;
  readonly state: StateFiles;
  /** Where peers reach us from outside. */
  readonly announcePort: () => number;
  readonly onPeers: (request: number, peers: readonly Endpoint[]) => void;
  readonly onDone: (request: number, outcome: DhtOutcome) => void;
  readonly onVote: (vote: { readonly address: string; readonly voter: string }) => void;
}

const NOT_THERE: DhtOutcome = { peersFound: 0, nodesAnswered: 0, nodesTold: 0 };

export class ClientDht {
  readonly #options: ClientDhtOptions;
  /** The engine's requests by its number, and what they are cancelled by. */
  readonly #running = new Map<number, number>();
  readonly #queue = new AnnounceQueue();
  #timer: NodeJS.Timeout | undefined;
  #dht: Dht | undefined;
  #problem: string | undefined;

  constructor(options: ClientDhtOptions) {
    this.#options = options;
  }

  /** Undefined before `open`, after `close`, and when the port could not be had. */
  get dht(): Dht | undefined {
    return this.#dht;
  }

  /** Why there is none. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** At the port that TCP listens at. Without it torrents go on with what else finds peers. */
  async open(port: number): Promise<void> {
    const { settings, bindAddress, state, onVote } = this.#options;
    const addresses = bindAddress === undefined ? undefined : [bindAddress];
    try {
      this.#dht = await Dht.open({
        port,
        addresses,
        bootstrap: settings.bootstrap ?? defaultBootstrap(addresses),
        readOnly: settings.readOnly ?? false,
        state: await state.readFile(DHT_STATE_FILE).catch(() => undefined),
        save: (bytes) => state.writeFile(DHT_STATE_FILE, bytes),
        onVote,
      });
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#problem = error.message;
    }
  }

  handle(command: DhtCommand): void {
    switch (command.type) {
      case "dht-announce":
        this.#queue.add(command);
        return this.#pump();
      case "dht-cancel":
        return this.#cancel(command.request);
      case "dht-node":
        return this.#dht?.addNodes([command.endpoint]);
      default:
        return command satisfies never;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#dht?.close();
    this.#dht = undefined;
  }

  /** Lets those begin whose turn it is. */
  #pump(): void {
    const now = performance.now();
    for (let next = this.#queue.next(now); next !== undefined; next = this.#queue.next(now)) this.#announce(next);
    const at = this.#queue.nextTimeout(now);
    clearTimeout(this.#timer);
    this.#timer = at === undefined ? undefined : setTimeout(() => this.#pump(), Math.ceil(at - now)).unref();
  }

  #announce({ request, infoHash, isSeed }: DhtAnnounce): void {
    const { onPeers, announcePort } = this.#options;
    const dht = this.#dht;
    if (dht === undefined) return this.#finish(request, NOT_THERE);
    try {
      const number = dht.driver.request(
        { type: "get-peers", infoHash, noSeed: isSeed, announce: { port: announcePort(), isSeed } },
        {
          onPeers: (peers) => setImmediate(() => onPeers(request, peers)),
          onDone: ({ peersFound, answeredCount, writtenCount }) =>
            this.#finish(request, { peersFound, nodesAnswered: answeredCount, nodesTold: writtenCount }),
        },
      );
      this.#running.set(request, number);
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      // Others keep the node busy, by the library's own functions: it is tried again as if nobody had answered.
      this.#finish(request, NOT_THERE);
    }
  }

  /** Never within the call: the engine is not done with its outputs. */
  #finish(request: number, outcome: DhtOutcome): void {
    setImmediate(() => {
      this.#running.delete(request);
      this.#queue.finish(request, outcome, performance.now());
      this.#options.onDone(request, outcome);
      this.#pump();
    });
  }

  #cancel(request: number): void {
    const number = this.#running.get(request);
    this.#running.delete(request);
    if (number !== undefined) this.#dht?.driver.cancel(number);
    if (this.#queue.cancel(request)) this.#pump();
  }
}
