/**
 * Runs a Session on real sockets, disks and trackers: one input, then every output, then one timer. The only loop
 * between the engine and the world, and the only place that reads the clock for it.
 */
import type { Endpoint, InfoHash } from "@torrential/core";
import type {
  AnnounceCommand,
  AnnounceResult,
  Command,
  CommandResult,
  DhtCommand,
  DhtOutcome,
  DiskDone,
  EngineEvent,
  Millis,
  ReadResult,
  ScrapeCommand,
  ScrapeResult,
  Session,
  SessionOutput,
  StateCommand,
} from "@torrential/engine";
import { DiskPool } from "./disk/pool.ts";
import { Neighbours } from "./net/neighbours.ts";
import { TcpNetwork } from "./net/tcp.ts";
import type { StateFiles } from "./state/state-files.ts";

export interface DriverOptions {
  readonly session: Session;
  readonly state: StateFiles;
  readonly announce: (command: AnnounceCommand) => Promise<AnnounceResult>;
  readonly scrape: (command: ScrapeCommand) => Promise<ScrapeResult>;
  readonly dht: (command: DhtCommand) => void;
  readonly bindAddress: string | undefined;
  readonly diskThreads: number | undefined;
  /** Looks for peers among the neighbours (BEP 14). */
  readonly localDiscovery: boolean;
  readonly onEvent: (event: EngineEvent) => void;
  /** A sleeping torrent is needed; to be answered by `wake` or `wake-failed`. */
  readonly onWake: (infoHash: InfoHash) => void;
  /** A journal could not be written: what it would have said is lost unless the process stops cleanly. */
  readonly onStateFailed: (message: string) => void;
  /** A disk thread died; nothing can be written any more. */
  readonly onCrash: (error: Error) => void;
}

const CLOSED: CommandResult = { ok: false, class: "refused", message: "The client was closed." };

export class EngineDriver {
  readonly #options: DriverOptions;
  readonly #session: Session;
  readonly #disk: DiskPool;
  readonly #network: TcpNetwork;
  readonly #neighbours: Neighbours | undefined;
  readonly #reads = new Map<number, (result: ReadResult) => void>();
  readonly #commands = new Map<number, (result: CommandResult) => void>();
  /** Announces to trackers that know us. */
  readonly #announcing = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Millis | undefined;
  #isEnded = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    const session = options.session;
    this.#session = session;
    this.#disk = new DiskPool({
      ...(options.diskThreads === undefined ? {} : { workers: options.diskThreads }),
      onDone: (done) => this.#handleDiskDone(done),
      onCrash: options.onCrash,
    });
    this.#network = new TcpNetwork({
      nextConnection: session.nextId,
      bindAddress: options.bindAddress,
      events: {
        onIncoming: (connection, endpoint) => this.#handleIncoming(connection, endpoint),
        onConnected: (connection) => this.#input((now) => session.handleConnected(connection, now)),
        onData: (connection, chunk) => {
          session.handleData(connection, chunk, performance.now());
          this.#drain();
        },
        onTransmitted: (connection, bytes) => {
          session.handleTransmitted(connection, bytes, performance.now());
          this.#drain();
        },
        onClosed: (connection, reason) => this.#input((now) => session.handleClosed(connection, reason, now)),
      },
    });
    this.#neighbours = options.localDiscovery
      ? new Neighbours({
          bindAddress: options.bindAddress,
          onFound: (infoHash, endpoint) =>
            this.command({ type: "add-peers", infoHash, peers: [endpoint], source: "lsd" }),
        })
      : undefined;
  }

  /** Of pieces that are to be hashed and written. */
  get diskQueueBytes(): number {
    return this.#disk.queuedBytes;
  }

  /** Starts to listen; resolves to the real port. */
  async listen(port: number): Promise<number> {
    const real = await this.#network.listen({ port });
    this.#session.setListenPort(real);
    this.#neighbours?.open(real);
    return real;
  }

  handleDhtPeers(request: number, peers: readonly Endpoint[]): void {
    this.#input((now) => this.#session.handleDhtPeers(request, peers, now));
  }

  handleDhtDone(request: number, outcome: DhtOutcome): void {
    this.#input((now) => this.#session.handleDhtDone(request, outcome, now));
  }

  command(command: Command): void {
    this.#input((now) => this.#session.handleCommand(command, now));
  }

  /** A command that takes its time: resolves with how it ended. */
  run(command: (request: number) => Command): Promise<CommandResult> {
    const request = this.#session.nextId();
    return new Promise((resolve) => {
      this.#commands.set(request, resolve);
      if (this.#isEnded) this.#finishCommand(request, CLOSED);
      else this.command(command(request));
    });
  }

  /** A number for a reader of a stream. */
  nextReader(): number {
    return this.#session.nextId();
  }

  /** Bytes of a piece, once it is verified. Cancelling resolves it with a failure. */
  read(range: Omit<Extract<Command, { type: "read" }>, "type" | "request">, signal: AbortSignal): Promise<ReadResult> {
    const request = this.#session.nextId();
    const { infoHash } = range;
    return new Promise((resolve) => {
      const cancel = (): void => {
        this.command({ type: "cancel-read", request, infoHash });
        this.#finishRead(request, { ok: false, message: "the read was cancelled" });
      };
      this.#reads.set(request, (result) => {
        signal.removeEventListener("abort", cancel);
        resolve(result);
      });
      signal.addEventListener("abort", cancel);
      this.command({ type: "read", request, ...range });
    });
  }

  /** Resolves when the trackers that know us have heard all that they are owed; `started` is waited for by nobody. */
  async settleAnnounces(): Promise<void> {
    while (this.#announcing.size > 0) await Promise.all(this.#announcing);
  }

  /** Closes sockets and ends the threads. The session must be at rest, or is cut off. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#network.destroy();
    this.#neighbours?.close();
    for (const request of [...this.#reads.keys()])
      this.#finishRead(request, { ok: false, message: "the client was closed" });
    for (const request of [...this.#commands.keys()]) this.#finishCommand(request, CLOSED);
    await this.#disk.close();
  }

  #handleIncoming(connection: number, endpoint: Endpoint): void {
    this.#input((now) => this.#session.handleIncoming(connection, endpoint, now));
  }

  #handleDiskDone(done: readonly DiskDone[]): void {
    const now = performance.now();
    for (const each of done) this.#session.handleDiskDone(each, now);
    this.#drain();
  }

  #input(input: (now: Millis) => void): void {
    if (this.#isEnded) return;
    input(performance.now());
    this.#drain();
  }

  // hot
  #drain(): void {
    if (this.#isEnded) return;
    for (let output = this.#session.poll(); output !== undefined; output = this.#session.poll()) this.#carryOut(output);
    this.#disk.flushReads();
    this.#arm();
  }

  // hot
  #carryOut(output: SessionOutput): void {
    switch (output.type) {
      case "transmit":
        return this.#network.transmit(output.connection, output.chunks, output.byteLength);
      case "disk":
        return this.#disk.submit(output.job);
      case "event":
        return this.#options.onEvent(output.event);
      case "connect":
        return this.#network.connect(output.connection, output.endpoint);
      case "close":
        return this.#network.close(output.connection);
      case "pause-reading":
        return this.#network.pauseReading(output.connection);
      case "resume-reading":
        return this.#network.resumeReading(output.connection);
      case "slab":
        return this.#disk.addSegment(output.segment, output.buffer);
      case "announce":
        return this.#announce(output);
      case "scrape":
        return this.#scrape(output);
      case "dht-announce":
      case "dht-cancel":
      case "dht-node":
        return this.#options.dht(output);
      case "wake":
        return this.#options.onWake(output.infoHash);
      case "read-done":
        return this.#finishRead(output.request, output.result);
      case "local-join":
        return this.#neighbours?.join(output.infoHash);
      case "local-leave":
        return this.#neighbours?.leave(output.infoHash);
      case "command-done":
        return this.#finishCommand(output.request, output.result);
      case "journal-append":
      case "journal-replace":
      case "journal-remove":
        return this.#save(output);
      default:
        return output satisfies never;
    }
  }

  #announce(command: AnnounceCommand): void {
    const told = this.#options.announce(command).then((result) => {
      this.#announcing.delete(told);
      this.#input((now) => this.#session.handleAnnounced(command.request, result, now));
    }, this.#options.onCrash);
    if (command.event !== "started") this.#announcing.add(told);
  }

  #scrape(command: ScrapeCommand): void {
    void this.#options
      .scrape(command)
      .then(
        (result) => this.#input((now) => this.#session.handleScraped(command.request, result, now)),
        this.#options.onCrash,
      );
  }

  #save(command: StateCommand): void {
    const save = command.type === "journal-replace" ? command.save : undefined;
    const answer = (result: { readonly ok: boolean }): void => {
      if (save !== undefined) this.#input((now) => this.#session.handleSaved(save, result, now));
    };
    this.#write(command).then(
      () => answer({ ok: true }),
      (error: unknown) => {
        this.#options.onStateFailed(error instanceof Error ? error.message : String(error));
        answer({ ok: false });
      },
    );
  }

  #write(command: StateCommand): Promise<void> {
    const { state } = this.#options;
    switch (command.type) {
      case "journal-append":
        return state.append(command.key, command.bytes);
      case "journal-replace":
        return state.replace(command.key, command.bytes);
      case "journal-remove":
        return state.remove(command.key);
      default:
        return command satisfies never;
    }
  }

  #finishCommand(request: number, result: CommandResult): void {
    const finish = this.#commands.get(request);
    this.#commands.delete(request);
    finish?.(result);
  }

  #finishRead(request: number, result: ReadResult): void {
    const finish = this.#reads.get(request);
    this.#reads.delete(request);
    finish?.(result);
  }

  #arm(): void {
    const next = this.#session.nextTimeout();
    if (next === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = next;
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#handleTimer(), Math.max(0, next - performance.now()));
  }

  #handleTimer(): void {
    this.#timerAt = undefined;
    this.#input((now) => this.#session.handleTimeout(now));
  }
}
