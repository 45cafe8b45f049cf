/** The library: a BitTorrent client in this process. */
import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import {
  classifyIp,
  type InfoHash,
  type Magnet,
  magnetInfoHash,
  swarmHashes,
  makePeerId,
  type Metainfo,
  parseMagnet,
  peerKey,
  selectedPriorities,
  TorrentialError,
} from "@torrential/core";
import {
  type AddOptions,
  type Command,
  type CommandResult,
  type EngineEvent,
  type GroupName,
  type LimitOptions,
  type LimitTreeNode,
  type LimitTreeQuery,
  type ListedBan,
  type RateLimits,
  type Reachability,
  Session,
} from "@torrential/engine";
import type { PortMapping } from "@torrential/protocol";
import { ClientDht } from "./dht/client-dht.ts";
import type { Dht, DhtSettings } from "./dht/dht.ts";
import { EngineDriver } from "./driver.ts";
import { type FetchTorrentOptions, fetchTorrentWith } from "./http/fetch-torrent.ts";
import { GuardedHttp } from "./http/guarded-http.ts";
import { resolvePeers } from "./magnet-peers.ts";
import { type PortMappingMode, PortMappings } from "./portmap/port-mapping.ts";
import { secureRandom } from "./secure-random.ts";
import { StateFiles } from "./state/state-files.ts";
import { StoredTorrents } from "./state/stored-torrents.ts";
import { StateLock } from "./state/lock.ts";
import { Torrent } from "./torrent-handle.ts";
import { TrackerTransport } from "./tracker/transport.ts";

/** Azureus style: TO, version 0.1.0.0. */
const PEER_ID_PREFIX = "-TO0100-";
/** PROMISES F24: stopped-announces within 5 s, exit within 10 s. */
const ANNOUNCE_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 8_000;
/** Node counts from one sample to the next: what is above this is delay. Each sample wakes the thread. */
const LOOP_SAMPLE_MS = 20;
/** A gateway that does not answer must not hold up the exit; the mapping expires by itself. */
const PORT_UNMAP_TIMEOUT_MS = 1_000;
const PARTIALS_SUFFIX = ".partials";
const PLACE_SUFFIX = ".place";

export interface ClientOptions {
  /** An address of this machine: no packet leaves by another one. Default: any. */
  readonly bind?: string;
  /** For peers to reach us. 0, the default, takes any free port; when the port is taken the next ten are tried. */
  readonly port?: number;
  /** Journals and the lock live here; made when absent. */
  readonly stateDir: string;
  /** Whether our ports are mapped at the gateway: "auto" tries PCP, NAT-PMP and UPnP. Default "off"; never for loopback. */
  readonly portMapping?: PortMappingMode;
  /** Connections in all, 500 by default, and of a torrent that has no number of its own, 100 by default. */
  readonly connectionsMax?: number | undefined;
  readonly peersMax?: number | undefined;
  /** Of the whole client, bytes per second. */
  readonly limits?: RateLimits;
  /** Looks for peers among the neighbours, by multicast (BEP 14). Default false; the command turns it on. */
  readonly localDiscovery?: boolean;
  /** A DHT node at our port, to find peers without trackers (BEP 5); none when absent. Private torrents don't use it. */
  readonly dht?: DhtSettings & {
    /** Default true. */
    readonly enabled?: boolean;
  };
  /**
   * Brings the metadata of a torrent that was added before. With it, seeds that nobody is connected to forget theirs, and
   * cost a few kilobytes instead of a hundred or more: `Torrent.isAsleep`.
   */
  readonly reload?: (infoHash: InfoHash) => Promise<Metainfo>;
  /** Threads that hash, read and write; by default one less than cores, 1 to 4. */
  readonly diskThreads?: number;
}

export interface AddTorrentOptions extends Omit<AddOptions, "metainfo" | "journal" | "partials" | "place"> {
  /** Default true. */
  readonly start?: boolean;
}

export type ClientEvent =
  | EngineEvent
  /** A journal could not be written. */
  | { readonly type: "state-failed"; readonly message: string }
  /** What is mapped at the gateway is another one. */
  | { readonly type: "port-mappings"; readonly mappings: readonly PortMapping[] };

export type ClientErrorCode =
  /** Only a v1 info-hash can be shared as yet. */
  | "v2-unsupported"
  /** The torrent is in the client already. */
  | "duplicate-torrent"
  /** The client was closed. */
  | "client-closed";

/** Starts a client: takes the state folder, reads what it holds, listens. Throws TorrentialError. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const lock = StateLock.acquire(options.stateDir);
  const client = new Client(options, lock);
  try {
    await client.open();
  } catch (error) {
    await client.close();
    throw error;
  }
  return client;
}

export class Client {
  readonly stateDir: string;
  readonly #options: ClientOptions;
  readonly #lock: StateLock;
  readonly #session: Session;
  readonly #driver: EngineDriver;
  readonly #dht: ClientDht | undefined;
  readonly #state: StateFiles;
  readonly #stored: StoredTorrents;
  readonly #http: GuardedHttp;
  readonly #trackers: TrackerTransport;
  readonly #portMappings: PortMappings | undefined;
  readonly #torrents = new Map<InfoHash, Torrent>();
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
  #port = 0;
  #closing: Promise<void> | undefined;

  /** Use `createClient`. */
  constructor(options: ClientOptions, lock: StateLock) {
    this.#options = options;
    this.#lock = lock;
    this.stateDir = options.stateDir;
    this.#state = new StateFiles(options.stateDir);
    this.#stored = new StoredTorrents(this.#state);
    this.#http = new GuardedHttp({ bindAddress: options.bind });
    this.#trackers = new TrackerTransport({ bindAddress: options.bind });
    const peerId = makePeerId(PEER_ID_PREFIX, randomBytes(12));
    this.#session = new Session({
      peerId,
      random: secureRandom,
      families: options.bind === undefined ? [4, 6] : [options.bind.includes(":") ? 6 : 4],
      dht: options.dht !== undefined && options.dht.enabled !== false,
      dormancy: options.reload !== undefined,
      connectionsMax: options.connectionsMax,
      peersMax: options.peersMax,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      now: performance.now(),
    });
    this.#dht = this.#makeDht();
    this.#driver = new EngineDriver({
      dht: (command) => this.#dht?.handle(command),
      session: this.#session,
      state: this.#state,
      scrape: (command) => this.#trackers.scrape(command),
      announce: (command) =>
        this.#trackers.announce(command, {
          peerId,
          port: this.#portMappings?.externalPort("tcp", command.family) ?? this.#port,
        }),
      bindAddress: options.bind,
      diskThreads: options.diskThreads,
      localDiscovery: options.localDiscovery ?? false,
      onEvent: (event) => this.#handleEvent(event),
      onWake: (infoHash) => void this.#wake(infoHash),
      onStateFailed: (message) => this.#tell({ type: "state-failed", message }),
      onCrash: (error) => {
        throw error;
      },
    });
    const { portMapping: mode = "off", bind } = options;
    this.#portMappings =
      mode === "off" || (bind !== undefined && classifyIp(bind) === "loopback")
        ? undefined
        : new PortMappings({ mode, bindAddress: bind, onChange: () => this.#handlePortMappings() });
  }

  /** The port that peers reach us at. */
  get port(): number {
    return this.#port;
  }

  /** The DHT node; undefined when it is off, or its port could not be had: see `dhtProblem`. */
  get dht(): Dht | undefined {
    return this.#dht?.dht;
  }

  /** Why there is no DHT node although one was wanted. */
  get dhtProblem(): string | undefined {
    return this.#dht?.problem;
  }

  get torrents(): readonly Torrent[] {
    return [...this.#torrents.values()];
  }

  /** Called once, by `createClient`. */
  async open(): Promise<void> {
    this.#loopDelay.enable();
    // The first call makes the folder, or says why it cannot be used.
    await this.#state.listFiles();
    this.#port = await this.#driver.listen(this.#options.port ?? 0);
    await this.#dht?.open(this.#port);
    const protocols = this.dht === undefined ? (["tcp"] as const) : (["tcp", "udp"] as const);
    this.#portMappings?.setWishes(protocols.map((protocol) => ({ protocol, port: this.#port })));
  }

  /** Adds a torrent and, unless told otherwise, starts it. Throws TorrentialError with a ClientErrorCode. */
  async add(metainfo: Metainfo, options: AddTorrentOptions): Promise<Torrent> {
    const infoHash = needInfoHash(metainfo, options.infoHash);
    this.#checkNew(swarmHashes(metainfo), metainfo.name);
    const earlier = await this.#readJournals(infoHash);
    // The same torrent may have been added meanwhile.
    this.#checkNew(swarmHashes(metainfo), metainfo.name);
    const torrent = this.#hold(infoHash, metainfo);
    this.#driver.command({ ...options, ...earlier, type: "add", metainfo, start: options.start ?? true });
    this.#trackers.prepare((options.trackers ?? metainfo.trackers).flat());
    if (!metainfo.isPrivate) this.dht?.addHosts(metainfo.nodes);
    return torrent;
  }

  /**
   * Adds what a magnet link stands for: its metadata comes from peers, unless an earlier run has stored it. Throws
   * TorrentialError with a ClientErrorCode, or "magnet-invalid".
   */
  async addMagnet(link: Magnet | string, options: AddTorrentOptions): Promise<Torrent> {
    const magnet = typeof link === "string" ? parseMagnet(link) : link;
    const infoHash = magnetInfoHash(magnet);
    this.#checkNew(swarmHashes(magnet), magnet.name ?? infoHash);
    const stored = await this.#stored.read(infoHash);
    if (stored?.infoHashV1 !== undefined) return await this.#addStored(stored, magnet, options);
    const earlier = await this.#readJournals(infoHash);
    this.#checkNew(swarmHashes(magnet), magnet.name ?? infoHash);
    const torrent = this.#hold(infoHash, undefined);
    const windows = process.platform === "win32";
    this.#driver.command({ ...options, ...earlier, type: "add-magnet", magnet, windows, start: options.start ?? true });
    this.#resolvePeers(magnet, infoHash);
    return torrent;
  }

  torrent(infoHash: InfoHash): Torrent | undefined {
    return this.#torrents.get(infoHash);
  }

  /** Calls `listener` with every event until the returned function is called. */
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A command that carries a `request`: resolves with how it ended. Never rejects. */
  run(command: (request: number) => Command): Promise<CommandResult> {
    return this.#driver.run(command);
  }

  /** Any command of the engine, for those who drive it by messages; `add` is better done by `add`. */
  command(command: Command): void {
    this.#driver.command(command);
  }

  /** The torrents whose status may be another one since the last call, but for rates, which fall by themselves. */
  takeChanged(): ReadonlySet<InfoHash> {
    return this.#session.takeChanged();
  }

  /**
   * Of everything: numbers are bytes per second, and a strategy can be any. In force within 200 ms; no connection is
   * dropped. Throws TorrentialError "rate-invalid", "schedule-invalid" or "weight-invalid".
   */
  setLimits(limits: RateLimits): void {
    this.#driver.command({ type: "set-limits", infoHash: undefined, limits });
  }

  /** As they were set. */
  limits(): RateLimits {
    return this.#session.limits() ?? {};
  }

  /** Of all torrents of a label or tracker together, of all peers of the LAN, of the rest, or of a transport; `{}`: none. */
  setGroupLimits(group: GroupName, limits: RateLimits): void {
    this.#driver.command({ type: "set-group-limits", group, limits });
  }

  groupLimits(): ReadonlyMap<GroupName, RateLimits> {
    return this.#session.groupLimits();
  }

  setLimitOptions(options: LimitOptions): void {
    this.#driver.command({ type: "set-limit-options", ...options });
  }

  /** Every level that is limited or that something passes: what is in force, what passes, who waits. */
  limitTree(query: LimitTreeQuery = {}): readonly LimitTreeNode[] {
    return this.#session.limitTree(query, performance.now());
  }

  /**
   * Keeps an address, or one address:port, out of every torrent: for good, unless told how long. Whoever is connected is sent
   * away. Bans are forgotten when the client closes. Throws TorrentialError "endpoint-invalid".
   */
  ban(peer: string, options: { readonly reason?: string; readonly durationMs?: number } = {}): void {
    const { reason = "banned by hand", durationMs } = options;
    this.#driver.command({ type: "ban", bans: [{ key: peerKey(peer), reason, expiresInMs: durationMs }] });
  }

  /** Lifts every ban of an address or address:port, whoever made it. Throws TorrentialError "endpoint-invalid". */
  unban(peer: string): void {
    this.#driver.command({ type: "unban", infoHash: undefined, key: peerKey(peer) });
  }

  /** Who is kept out, why and how long: by the user of everything, by torrents for bad data. */
  bans(): readonly ListedBan[] {
    return this.#session.bans(performance.now());
  }

  /** Asks the trackers of all torrents how many seed and download; statuses have the answers. */
  scrape(): void {
    this.#driver.command({ type: "scrape", infoHash: undefined });
  }

  /** Whether peers can reach us from outside, and how we know. */
  reachability(): Reachability {
    return this.#session.reachability(performance.now());
  }

  /** Fetches a .torrent file from a URL that the user gave. */
  fetchTorrent(url: string, options: FetchTorrentOptions = {}): Promise<Uint8Array> {
    return fetchTorrentWith(this.#http, url, options);
  }

  /** Payload in memory, and how much of it is on its way to disk. */
  memory(): { readonly bufferBytes: number; readonly diskQueueBytes: number } {
    return { bufferBytes: this.#session.bufferBytes, diskQueueBytes: this.#driver.diskQueueBytes };
  }

  /** The event loop's delay in milliseconds, 99th percentile since the last call. */
  loopDelayP99Ms(): number {
    const p99 = this.#loopDelay.percentile(99) / 1e6 - LOOP_SAMPLE_MS;
    this.#loopDelay.reset();
    return Number.isFinite(p99) ? Math.max(0, p99) : 0;
  }

  /** Stops every torrent cleanly, then everything else; at most ten seconds. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #wake(infoHash: InfoHash): Promise<void> {
    try {
      const metainfo = await this.#options.reload?.(infoHash);
      if (metainfo === undefined || !swarmHashes(metainfo).includes(infoHash)) {
        throw new TorrentialError("metadata-unknown", `torrent ${infoHash}: its metadata is not there any more`);
      }
      const earlier = await this.#readJournals(infoHash);
      this.#torrents.get(infoHash)?.handleAwake(metainfo);
      this.#driver.command({ type: "wake", infoHash, metainfo, ...earlier });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#driver.command({ type: "wake-failed", infoHash, message });
    }
  }

  /** The link may say more than it did when its metadata was stored. */
  async #addStored(stored: Metainfo, magnet: Magnet, options: AddTorrentOptions): Promise<Torrent> {
    const trackers = magnet.trackers.length > 0 ? magnet.trackers : stored.trackers;
    const priorities = options.filePriorities ?? selectedPriorities(magnet.selectOnly, stored.files.length);
    const chosen = priorities === undefined ? {} : { filePriorities: priorities };
    // By the info-hash of the first run: its journals and its peers know it by that.
    const infoHash = magnetInfoHash(magnet);
    const torrent = await this.add({ ...stored, trackers }, { ...options, ...chosen, infoHash });
    this.#resolvePeers(magnet, torrent.infoHash);
    return torrent;
  }

  #makeDht(): ClientDht | undefined {
    const { dht, bind } = this.#options;
    if (dht === undefined || dht.enabled === false) return undefined;
    return new ClientDht({
      settings: dht,
      bindAddress: bind,
      state: this.#state,
      announcePort: () => this.#portMappings?.externalPort("tcp", 4) ?? this.#port,
      onPeers: (request, peers) => this.#driver.handleDhtPeers(request, peers),
      onDone: (request, outcome) => this.#driver.handleDhtDone(request, outcome),
      onVote: (vote) => this.#driver.command({ type: "vote-external-address", source: "dht", ...vote }),
    });
  }

  #checkNew(infoHashes: readonly InfoHash[], name: string): void {
    if (this.#closing !== undefined) throw new TorrentialError("client-closed", "the client is closed");
    const infoHash = this.#session.find(infoHashes) ?? infoHashes.find((each) => this.#torrents.has(each));
    if (infoHash === undefined) return;
    throw new TorrentialError("duplicate-torrent", `${name}: torrent ${infoHash} is there already`);
  }

  #hold(infoHash: InfoHash, metainfo: Metainfo | undefined): Torrent {
    const torrent = new Torrent(metainfo, infoHash, { session: this.#session, driver: this.#driver });
    this.#torrents.set(infoHash, torrent);
    return torrent;
  }

  async #readJournals(infoHash: InfoHash): Promise<Pick<AddOptions, "journal" | "partials" | "place">> {
    const journal = await this.#state.readJournal(infoHash);
    const partials = await this.#state.readJournal(infoHash + PARTIALS_SUFFIX);
    return { journal, partials, place: await this.#state.readJournal(infoHash + PLACE_SUFFIX) };
  }

  /** "x.pe" of the link, names too. */
  #resolvePeers(magnet: Magnet, infoHash: InfoHash): void {
    void resolvePeers(magnet.peers, this.#options.bind).then((peers) => {
      if (peers.length > 0) this.#driver.command({ type: "add-peers", infoHash, peers, source: "magnet" });
    });
  }

  /** Its torrent file is stored as soon as it is known, and goes when the torrent goes. */
  #store(event: EngineEvent): void {
    const done =
      event.type === "metadata"
        ? this.#stored.write(event.infoHash, event.metainfo)
        : event.type === "removed"
          ? this.#stored.remove(event.infoHash)
          : undefined;
    done?.catch((error: unknown) => {
      this.#tell({ type: "state-failed", message: error instanceof Error ? error.message : String(error) });
    });
  }

  #handlePortMappings(): void {
    const { mappings = [] } = this.#portMappings ?? {};
    this.#driver.command({ type: "set-port-mappings", mappings });
    for (const mapping of mappings) {
      const voter = this.#portMappings?.gatewayOf(mapping);
      const address = mapping.externalAddress;
      if (address === undefined || voter === undefined) continue;
      this.#driver.command({ type: "vote-external-address", address, source: "gateway", voter });
    }
    this.#tell({ type: "port-mappings", mappings });
  }

  #handleEvent(event: EngineEvent): void {
    this.#torrents.get(event.infoHash)?.handleEvent(event);
    this.#store(event);
    if (event.type === "removed") this.#torrents.delete(event.infoHash);
    this.#tell(event);
  }

  #tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #close(): Promise<void> {
    const startedAt = performance.now();
    await withTimeout(Promise.allSettled(this.torrents.map((torrent) => torrent.stop())), STOP_TIMEOUT_MS);
    await withTimeout(this.#driver.settleAnnounces(), ANNOUNCE_TIMEOUT_MS - (performance.now() - startedAt));
    await this.#portMappings?.close(PORT_UNMAP_TIMEOUT_MS);
    await this.#trackers.close();
    await this.#dht?.close();
    await this.#driver.end();
    await this.#state.close();
    await this.#http.close();
    this.#loopDelay.disable();
    this.#lock.release();
  }
}

/** What the torrent goes by: v1's info-hash, or another one of its own that is wanted. */
function needInfoHash(metainfo: Metainfo, wanted: InfoHash | undefined): InfoHash {
  const { infoHashV1, name } = metainfo;
  if (infoHashV1 !== undefined && wanted !== undefined && swarmHashes(metainfo).includes(wanted)) return wanted;
  if (infoHashV1 !== undefined) return infoHashV1;
  throw new TorrentialError("v2-unsupported", `${name}: got a torrent that is v2 only, wanted v1 or hybrid`);
}

async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
