/** One simulated client: a `Session` with the threads of its process, and the volume and journals that outlive it. */
import type { Endpoint } from "@torrential/core";
import {
  decodeJournal,
  type Command,
  type CommandResult,
  type EngineEvent,
  type Lifecycle,
  type Session,
  type TorrentStatus,
} from "@torrential/engine";
import type { DhtBook } from "./dht-book.ts";
import { DEFAULT_DISK, type DiskOptions } from "./disk.ts";
import type { Lan } from "./lan.ts";
import type { LinkOptions } from "./link.ts";
import type { NetworkHost } from "./network.ts";
import { Process } from "./node-process.ts";
import type { SimRandom } from "./random.ts";
import { JournalStore } from "./state.ts";
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
  /** The DHT it is a node of. */
  readonly dht?: DhtBook;
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

  get dht(): DhtBook | undefined {
    return this.#options.dht;
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
