/**
 * One simulated client: a `Session`, the disk and state threads of its process, and the volume and journals that outlive
 * the process. The driver loop is the whole of it: take one input, drain `poll()`, arm one timer, look for violations.
 */
import { makePeerId, type Endpoint } from "@torrential/core";
import {
  decodeJournal,
  Session,
  type Command,
  type CommandResult,
  type DiskDone,
  type EngineEvent,
  type Lifecycle,
  type SessionOutput,
  type TorrentStatus,
} from "@torrential/engine";
import type { SimEvent } from "./clock.ts";
import { DEFAULT_DISK, SimDisk, type DiskOptions } from "./disk.ts";
import type { Lan } from "./lan.ts";
import type { LinkOptions } from "./link.ts";
import type { NetworkHost } from "./network.ts";
import { traceOutput } from "./node-trace.ts";
import { NodeStreams } from "./node-streams.ts";
import type { SimRandom } from "./random.ts";
import { JournalStore, SimState } from "./state.ts";
import type { SimTorrent } from "./torrent.ts";
import { TruthKeeper } from "./truth.ts";
import { Volume } from "./volume.ts";
import { endpointOf, PEER_PORT, type World } from "./world.ts";

export interface NodeOptions {
  readonly name: string;
  readonly link?: Partial<LinkOptions>;
  readonly disk?: Partial<DiskOptions>;
  /** The local network it is in. */
  readonly lan?: Lan;
  /** Of the slab. */
  readonly memoryBytes?: number;
  /** How many inputs from one full check of the engine's invariants to the next. */
  readonly checkEvery?: number;
  /** Its user goes on adding torrents with the root that they had at first. */
  readonly forgetsMoves?: boolean;
}

type AddCommand = Extract<Command, { readonly type: "add" | "add-magnet" }>;
export type AddExtras = Partial<Omit<Extract<AddCommand, { readonly type: "add" }>, "type" | "metainfo">>;

const NO_MAGNET = {
  infoHashV2: undefined,
  name: undefined,
  webSeeds: [],
  exactSources: [],
  acceptableSources: [],
  peers: [],
  selectOnly: undefined,
};

const ROOT = "/data";
const MEMORY_BYTES = 64 * 1024 * 1024;
/** Outputs of one input; more than any honest burst. */
const OUTPUTS_MAX = 1_000_000;
/** Timeouts without time going on. */
const SPINS_MAX = 50;

export class SimNode {
  readonly name: string;
  readonly world: World;
  readonly host: NetworkHost;
  readonly volume: Volume;
  readonly journals: JournalStore = new JournalStore();
  readonly truth: TruthKeeper;
  /** Reads that were answered, by request. */
  readonly reads: Map<number, { readonly at: number; readonly ok: boolean }> = new Map();
  /** Answers to commands, by request. */
  readonly results: Map<number, CommandResult> = new Map();
  readonly events: { readonly at: number; readonly event: EngineEvent }[] = [];
  readonly #options: NodeOptions;
  readonly #random: SimRandom;
  readonly #added = new Map<string, AddCommand>();
  readonly #states = new Map<string, Lifecycle>();
  #process: Process | undefined;
  #starts = 0;
  #checkedBefore = 0;
  diskOptions: DiskOptions;

  constructor(world: World, options: NodeOptions) {
    this.world = world;
    this.name = options.name;
    this.#options = options;
    this.host = world.addHost(options.link ?? {});
    this.#random = world.random.split(`node ${options.name}`);
    this.volume = new Volume(world.clock, world.pool);
    this.truth = new TruthKeeper(this.volume, (message) => this.fail(message));
    this.diskOptions = { ...DEFAULT_DISK, ...options.disk };
    this.start();
  }

  get lan(): Lan | undefined {
    return this.#options.lan;
  }

  get endpoint(): Endpoint {
    return endpointOf(this.host);
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** Of the process that runs now. */
  get session(): Session {
    return this.#running.session;
  }

  /** Pieces that were read back and hashed, over all lives. */
  get checkedPieces(): number {
    return this.#checkedBefore + (this.#process?.disk.checkedPieces ?? 0);
  }

  get #running(): Process {
    return this.#process ?? this.fail("is down");
  }

  fail(message: string): never {
    return this.world.fail(`${this.name}: ${message}`);
  }

  /** Puts a torrent's files on the volume, whole. */
  preload(torrent: SimTorrent): void {
    const { content, metainfo } = torrent;
    metainfo.files.forEach((file) => {
      const path = [ROOT, ...file.path].join("/");
      this.volume.preload(path, file.lengthBytes, (target, offset) => {
        content.fill(
          target.subarray(0, Math.max(0, Math.min(target.length, file.lengthBytes - offset))),
          file.offsetBytes + offset,
        );
      });
    });
  }

  add(torrent: SimTorrent, extras: AddExtras = {}): void {
    const command: AddCommand = { type: "add", start: true, root: ROOT, metainfo: torrent.metainfo, ...extras };
    this.#added.set(torrent.id, command);
    this.truth.know(torrent, command.root);
    this.truth.noteMetadata(torrent.id);
    this.command(command);
  }

  /** Adds it by its link alone, with its trackers. */
  addMagnet(torrent: SimTorrent, extras: AddExtras = {}): void {
    const magnet = { ...NO_MAGNET, infoHashV1: torrent.id, trackers: torrent.metainfo.trackers };
    const command: AddCommand = { type: "add-magnet", start: true, root: ROOT, magnet, ...extras };
    this.#added.set(torrent.id, command);
    this.truth.know(torrent, command.root);
    this.command(command);
  }

  status(torrent: SimTorrent): TorrentStatus {
    return this.session.status(torrent.id, this.world.clock.now) ?? this.fail("the torrent is not there");
  }

  command(command: Command): void {
    this.#learn(command);
    this.#running.input("command", [command.type], (session, now) => session.handleCommand(command, now));
  }

  /** What its user remembers, and where the world looks for the files. */
  #learn(command: Command): void {
    if (command.type === "move-storage") this.truth.learnRoot(command.infoHash, command.root);
    if (command.type === "rename-files")
      for (const { file, path } of command.files) this.truth.learnName(command.infoHash, file, path);
    const added = command.type === "set-file-priorities" ? this.#added.get(command.infoHash) : undefined;
    if (command.type === "set-file-priorities" && added !== undefined)
      this.#added.set(command.infoHash, { ...added, filePriorities: command.priorities });
  }

  stateOf(torrent: SimTorrent): Lifecycle["status"] {
    return this.#states.get(torrent.id)?.status ?? "stopped";
  }

  /** Whether everything is here, verified and on disk. */
  isComplete(torrent: SimTorrent): boolean {
    const status = this.stateOf(torrent);
    return status === "seeding" || status === "finished";
  }

  /** The events of one type, oldest first. */
  eventsOf<T extends EngineEvent["type"]>(type: T): readonly Extract<EngineEvent, { readonly type: T }>[] {
    return this.events
      .map(({ event }) => event)
      .filter((event): event is Extract<EngineEvent, { readonly type: T }> => event.type === type);
  }

  /** Changes how fast the disk is, from the next job on. */
  setDisk(options: Partial<DiskOptions>): void {
    this.diskOptions = { ...this.diskOptions, ...options };
    if (this.#process !== undefined) this.#process.disk.options = this.diskOptions;
  }

  /** kill -9: what was handed to the kernel survives. */
  kill(): void {
    this.#end();
    this.world.network.kill(this.host);
    this.#checkJournals();
  }

  /** The power goes: what was not synced survives by dice. Returns how many writes were damaged. */
  cutPower(): number {
    this.#end();
    this.world.network.cutPower(this.host);
    const damaged = this.volume.crash(this.#random);
    this.#checkJournals();
    return damaged;
  }

  /** Starts the process again with the torrents it had. */
  restart(extras: AddExtras = {}): void {
    this.world.network.restorePower(this.host);
    this.truth.forgetClaims();
    this.start();
    for (const [id, command] of this.#added) {
      const saved = {
        journal: this.journals.read(id),
        partials: this.journals.read(`${id}.partials`),
        place: this.journals.read(`${id}.place`),
      };
      this.command({ ...command, ...saved, ...extras });
    }
  }

  start(): void {
    this.#starts += 1;
    const process = new Process({
      node: this,
      random: this.#random.split(`process ${this.#starts}`),
      memoryBytes: this.#options.memoryBytes ?? MEMORY_BYTES,
      checkEvery: this.#options.checkEvery ?? 16,
      handleEvent: (event) => this.#handleEvent(event),
    });
    this.#process = process;
    this.world.network.listen(this.host, PEER_PORT, (end, remote) => process.streams.accept(end, remote));
  }

  /** Order of truth: whatever happened, what a journal claims as synced is on disk, right (PROMISES, faults 1). */
  #checkJournals(): void {
    for (const [id, command] of this.#added) {
      const bytes = this.journals.read(id);
      const metainfo = command.type === "add" ? command.metainfo : undefined;
      if (bytes === undefined || metainfo?.infoHashV1 === undefined) continue;
      const data = decodeJournal(bytes, { infoHash: metainfo.infoHashV1, pieceCount: metainfo.pieceCount });
      if (data !== undefined) this.truth.checkJournal(metainfo.infoHashV1, data.have);
    }
  }

  #end(): void {
    const process = this.#running;
    process.end();
    this.#checkedBefore += process.disk.checkedPieces;
    this.#process = undefined;
    this.#states.clear();
  }

  #handleEvent(event: EngineEvent): void {
    this.events.push({ at: this.world.elapsedMs, event });
    if (event.type === "state") this.#states.set(event.infoHash, event.state);
    const moved = event.type === "moved" ? this.#added.get(event.infoHash) : undefined;
    if (event.type === "moved" && moved !== undefined && this.#options.forgetsMoves !== true)
      this.#added.set(event.infoHash, { ...moved, root: event.root });
    if (event.type === "metadata") this.truth.noteMetadata(event.infoHash);
    if (event.type === "piece-verified") this.truth.checkClaim(event.infoHash, event.piece);
  }
}

interface ProcessOptions {
  readonly node: SimNode;
  readonly random: SimRandom;
  readonly memoryBytes: number;
  readonly checkEvery: number;
  readonly handleEvent: (event: EngineEvent) => void;
}

/** One life of a client, from start to kill. */
class Process {
  readonly session: Session;
  readonly disk: SimDisk;
  readonly state: SimState;
  readonly streams: NodeStreams;
  readonly #options: ProcessOptions;
  #timer: SimEvent | undefined;
  #isDead = false;
  #inputs = 0;
  #spins = 0;
  #lastTimeoutAt = -1;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { node, random } = options;
    const { world } = node;
    const fail = (message: string): never => node.fail(message);
    this.session = makeSession({ random, memoryBytes: options.memoryBytes, now: world.clock.now });
    this.disk = new SimDisk(
      {
        clock: world.clock,
        random: random.split("disk"),
        volume: node.volume,
        handleDone: (done) => this.#handleDiskDone(done),
        handleViolation: fail,
      },
      node.diskOptions,
    );
    this.state = new SimState({
      clock: world.clock,
      random: random.split("state"),
      store: node.journals,
      handleSaved: (save, result) =>
        this.input("saved", [save, Number(result.ok)], (session, now) => session.handleSaved(save, result, now)),
    });
    this.streams = new NodeStreams({
      node,
      input: (kind, values, run) => this.input(kind, values, run),
      session: this.session,
    });
  }

  /** Feeds one input and everything that follows from it. */
  input(
    kind: string,
    values: readonly (number | string | Uint8Array)[],
    run: (session: Session, now: number) => void,
  ): void {
    if (this.#isDead) return;
    const { world, name } = this.#options.node;
    const { now } = world.clock;
    world.trace.record(now, name, kind, ...values);
    run(this.session, now);
    this.#drain();
    this.#inputs += 1;
    if (this.#inputs % this.#options.checkEvery === 0) this.session.checkInvariants();
    this.#arm();
  }

  end(): void {
    this.session.checkInvariants();
    this.#isDead = true;
    this.#options.node.world.clock.cancel(this.#timer);
    this.disk.kill();
    this.state.kill();
  }

  #drain(): void {
    const { world, name } = this.#options.node;
    let count = 0;
    for (let output = this.session.poll(); output !== undefined; output = this.session.poll()) {
      traceOutput(world.trace, world.clock.now, name, output);
      this.#obey(output);
      count += 1;
      if (count > OUTPUTS_MAX) this.#options.node.fail("one input has a million outputs");
    }
  }

  #obey(output: SessionOutput): void {
    const { node } = this.#options;
    switch (output.type) {
      case "disk":
        return this.disk.submit(output.job);
      case "slab":
        return this.disk.addSegment(output.segment, output.buffer);
      case "announce":
        return this.#announce(output);
      case "scrape":
        return this.#scrape(output);
      case "dht-announce":
      case "dht-cancel":
      case "dht-node":
        throw new Error(`${output.type} of an engine that was told of no DHT`);
      case "event":
        return this.#options.handleEvent(output.event);
      case "read-done":
        node.reads.set(output.request, { at: node.world.elapsedMs, ok: output.result.ok });
        return node.truth.checkRead(output);
      case "command-done":
        node.results.set(output.request, output.result);
        return;
      case "connect":
      case "transmit":
      case "pause-reading":
      case "resume-reading":
      case "close":
        return this.streams.obey(output);
      case "wake":
        throw new Error("an engine that was told of no dormancy asks for metadata");
      case "local-join":
      case "local-leave":
        node.truth.checkPublic(output.infoHash, output.type);
        return node.lan?.obey(node, output);
      default:
        return this.state.submit(output);
    }
  }

  #announce(command: Extract<SessionOutput, { readonly type: "announce" }>): void {
    const { node } = this.#options;
    const { world } = node;
    const tracker = world.trackers.get(command.url);
    const answer = (result: Parameters<Session["handleAnnounced"]>[1]): void =>
      this.input("announced", [command.request, Number(result.ok)], (session, now) =>
        session.handleAnnounced(command.request, result, now),
      );
    if (tracker !== undefined) tracker.announce(command, node.endpoint, answer);
    else
      world.after(20, () =>
        answer({
          ok: false,
          code: "tracker-unreachable",
          message: `${command.url}: no such host`,
          retryInSeconds: undefined,
        }),
      );
  }

  #scrape(command: Extract<SessionOutput, { readonly type: "scrape" }>): void {
    const tracker = this.#options.node.world.trackers.get(command.url);
    tracker?.scrape(command, (result) =>
      this.input("scraped", [command.request, Number(result.ok)], (session, now) =>
        session.handleScraped(command.request, result, now),
      ),
    );
  }

  #handleDiskDone(done: DiskDone): void {
    this.input(`disk ${done.type}`, [done.job], (session, now) => session.handleDiskDone(done, now));
  }

  #arm(): void {
    const { clock } = this.#options.node.world;
    const at = this.session.nextTimeout();
    if (at !== undefined && Number.isNaN(at)) this.#options.node.fail("nextTimeout is NaN");
    if (this.#timer?.run !== undefined && this.#timer.at === at) return;
    clock.cancel(this.#timer);
    this.#timer =
      at === undefined || at === Number.POSITIVE_INFINITY ? undefined : clock.schedule(at, () => this.#handleTimeout());
  }

  #handleTimeout(): void {
    const { node } = this.#options;
    const { now } = node.world.clock;
    this.#spins = now === this.#lastTimeoutAt ? this.#spins + 1 : 0;
    this.#lastTimeoutAt = now;
    if (this.#spins > SPINS_MAX) node.fail(`${SPINS_MAX} timeouts at one instant: a timer stays in the past`);
    this.input("timeout", [], (session, at) => session.handleTimeout(at));
  }
}

function makeSession(options: {
  readonly random: SimRandom;
  readonly memoryBytes: number;
  readonly now: number;
}): Session {
  const { random, memoryBytes, now } = options;
  const peerId = makePeerId("-TO0100-", random.split("peer id").nextBytes(12));
  const session = new Session({
    peerId,
    random: random.split("session").next,
    slabBudgetBytes: memoryBytes,
    families: [4],
    now,
  });
  session.setListenPort(PEER_PORT);
  return session;
}
