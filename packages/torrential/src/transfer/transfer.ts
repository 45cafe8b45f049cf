/** `download` and `seed`: a client with some torrents in it, until all of them are over or somebody stops it. */
import { lookup } from "node:dns/promises";
import { formatEndpoint, type Endpoint, type HostPort, type Magnet, makeEndpoint, swarmHashes } from "@torrential/core";
import {
  type AddTorrentOptions,
  type Client,
  type ClientEvent,
  createClient,
  type Torrent,
  type RateLimits,
} from "@torrential/node";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Failure, failureOf } from "../failure.ts";
import { Interruption, Interrupts } from "../interrupts.ts";
import { scheduledLimits } from "../limit-schedule.ts";
import type { TransferOptions } from "../options.ts";
import { defaultStateDir, needFolder, prepareOutput } from "../places.ts";
import type { Reporter } from "../report/reporter.ts";
import { selectFiles } from "../selection.ts";
import { kindOfSource, type Loaded, loadSource, needTorrent } from "../source.ts";
import { TransferItem } from "./item.ts";
import { NetworkNews } from "./network-news.ts";
import { toNote, toPublicEvent } from "./public-event.ts";
import { openFirstFree, transferStateDirs } from "./transfer-state.ts";
import { toWhyView } from "./why-view.ts";

const WHY_EVERY_MS = 1_000;

/** Somebody who makes use of the torrents while they are there. */
export interface Companion {
  /** A torrent is in the client, and its files are known. May throw a TorrentialError: the torrent fails then. */
  handleTorrent(torrent: Torrent): void;
  /** The torrents are about to stop. */
  close(): Promise<void>;
}

export interface TransferRequest {
  readonly mode: "download" | "seed";
  readonly sources: readonly string[];
  readonly options: TransferOptions;
  readonly reporter: Reporter;
  readonly companion?: Companion;
}

/** Runs to the end, which may never come. Throws a TorrentialError when it cannot even begin. */
export async function runTransfer(request: TransferRequest): Promise<ExitCode> {
  const { reporter } = request;
  const interrupts = new Interrupts({
    onFirst: (reason) => {
      if (reason !== "stdout") reporter.handleNote("stopping… (again to quit at once)");
    },
  });
  try {
    return await new Transfer(request, interrupts).run();
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    throw error;
  } finally {
    reporter.end();
  }
}

/** How often a schedule is anchored anew. */
const ANCHOR_MS = 60_000;

class Transfer {
  readonly #request: TransferRequest;
  readonly #interrupts: Interrupts;
  readonly #items = new Map<string, TransferItem>();
  readonly #said = new Set<string>();
  readonly #network: NetworkNews;
  #whyAtMs = 0;
  #anchoredAtMs = performance.now();
  /** The first counts. */
  #exitCode: ExitCode = EXIT.done;

  constructor(request: TransferRequest, interrupts: Interrupts) {
    this.#request = request;
    this.#interrupts = interrupts;
    this.#network = new NetworkNews(request.reporter);
  }

  async run(): Promise<ExitCode> {
    const { sources, mode, options } = this.#request;
    const isRemote = new Map(sources.map((source) => [source, this.#isRemote(source)]));
    const local = await this.#loadAll(sources.filter((source) => isRemote.get(source) === false));
    const remote = sources.filter((source) => isRemote.get(source) === true);
    if (local.length === 0 && remote.length === 0) return this.#exitCode;
    const root = mode === "download" ? await prepareOutput(options.output) : await needFolder(options.output);
    const client = await this.#openClient(local);
    this.#network.begin(client);
    if (client.dhtProblem !== undefined) this.#note(`there is no DHT: ${client.dhtProblem}`);
    client.setLimitOptions({ limitLan: options.limitLan !== false, countOverhead: options.countOverhead === true });
    try {
      const fetched = await this.#loadAll(remote, client);
      await this.#transfer(client, [...local, ...fetched], root);
    } finally {
      await this.#close(client);
    }
    return this.#judge();
  }

  /** Undefined for a source that is none, which is said. */
  #isRemote(source: string): boolean | undefined {
    try {
      return kindOfSource(source) === "url";
    } catch (error) {
      this.#handleFailure(failureOf(source, error));
      return undefined;
    }
  }

  /** A bad source is said; the others go on. */
  async #loadAll(sources: readonly string[], client?: Client): Promise<Loaded[]> {
    const { signal } = this.#interrupts;
    const fetch = (url: string): Promise<Uint8Array> =>
      client === undefined ? Promise.reject(new Error("no client yet")) : client.fetchTorrent(url, { signal });
    const loaded = await Promise.all(
      sources.map(async (source) => {
        try {
          const found = await loadSource(source, fetch);
          if (found.type === "torrent" || this.#request.mode === "seed") needTorrent(found);
          return found;
        } catch (error) {
          signal.throwIfAborted();
          this.#handleFailure(failureOf(source, error));
          return undefined;
        }
      }),
    );
    return loaded.filter((each) => each !== undefined);
  }

  /** Its state is where the user says, and there alone; else where no other run keeps its own. */
  async #openClient(local: readonly Loaded[]): Promise<Client> {
    const { state } = this.#request.options;
    if (state !== undefined) return await this.#createClient(state);
    const infoHashes = local.flatMap((loaded) =>
      swarmHashes(loaded.type === "magnet" ? loaded.magnet : loaded.metainfo),
    );
    return await openFirstFree(transferStateDirs(defaultStateDir(), infoHashes), (folder) =>
      this.#createClient(folder),
    );
  }

  #createClient(stateDir: string): Promise<Client> {
    const { bind, port, dht, dhtBootstrap, lsd, portMapping } = this.#request.options;
    return createClient({
      port,
      dht: { enabled: dht, ...(dhtBootstrap.length === 0 ? {} : { bootstrap: dhtBootstrap }) },
      localDiscovery: lsd,
      stateDir,
      portMapping: portMapping ? "auto" : "off",
      limits: this.#limits(),
      ...(bind === undefined ? {} : { bind }),
    });
  }

  /** A schedule is anchored to the local week of now. */
  #limits(): RateLimits {
    const { maxDown, maxUp, limitSchedule } = this.#request.options;
    const limits = { down: maxDown, up: maxUp };
    return limitSchedule.length === 0 ? limits : scheduledLimits(limitSchedule, limits);
  }

  /** Summer time, or a clock that was set, moves the schedule's week. */
  #followClock(client: Client): void {
    const now = performance.now();
    if (this.#request.options.limitSchedule.length === 0 || now - this.#anchoredAtMs < ANCHOR_MS) return;
    this.#anchoredAtMs = now;
    client.setLimits(this.#limits());
  }

  async #transfer(client: Client, loaded: readonly Loaded[], root: string): Promise<void> {
    const { reporter, options } = this.#request;
    const { signal } = this.#interrupts;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    const settle = (): void => {
      if ([...this.#items.values()].every((item) => item.isOver)) resolve();
    };
    client.subscribe((event) => {
      this.#handleEvent(client, event);
      // Not before all were added: the first may be over by then.
      if (this.#items.size === added) settle();
    });
    let added = Number.POSITIVE_INFINITY;
    const peers = await this.#resolvePeers(options.peer);
    for (const each of loaded) await this.#add(client, each, { root, peers });
    added = this.#items.size;
    settle();
    const timer = setInterval(() => {
      this.#tick(client);
      settle();
    }, reporter.tickMs);
    await over;
    clearInterval(timer);
  }

  async #add(
    client: Client,
    loaded: Loaded,
    place: { readonly root: string; readonly peers: readonly Endpoint[] },
  ): Promise<void> {
    const { options } = this.#request;
    if (this.#interrupts.signal.aborted) return;
    try {
      const shared: AddTorrentOptions = {
        ...place,
        ...(options.trackers ? {} : { trackers: [] }),
        order: options.sequential === true ? "sequential" : "rarest-first",
        recheck: options.recheck === true,
        firstAndLast: options.firstAndLast === true,
        superSeed: options.superSeed === true,
        ...(options.uploadSlots === undefined ? {} : { uploadSlots: options.uploadSlots }),
      };
      if (loaded.type === "magnet") return await this.#addMagnet(client, loaded.magnet, shared);
      const metainfo = needTorrent(loaded);
      const filePriorities = options.select.length === 0 ? undefined : selectFiles(metainfo, options.select);
      const torrent = await client.add(metainfo, {
        ...shared,
        ...(filePriorities === undefined ? {} : { filePriorities }),
      });
      this.#accompany(torrent);
    } catch (error) {
      this.#handleFailure(failureOf(loaded.source, error));
    }
  }

  /** `--select` has to wait for the names of files; when an earlier run has stored them, no event tells of them. */
  async #addMagnet(client: Client, magnet: Magnet, options: AddTorrentOptions): Promise<void> {
    const torrent = await client.addMagnet(magnet, options);
    const item = this.#itemOf(client, torrent.infoHash);
    if (item !== undefined && torrent.hasMetainfo) this.#select(client, item);
  }

  #accompany(torrent: Torrent): void {
    try {
      this.#request.companion?.handleTorrent(torrent);
    } catch (error) {
      this.#items.get(torrent.infoHash)?.fail(error);
    }
  }

  #select(client: Client, item: TransferItem): void {
    const { select } = this.#request.options;
    const torrent = client.torrent(item.torrent.infoHash);
    if (torrent !== undefined) this.#accompany(torrent);
    if (select.length === 0 || torrent === undefined) return;
    try {
      torrent.setFilePriorities(selectFiles(torrent.metainfo, select));
    } catch (error) {
      item.fail(error);
    }
  }

  async #resolvePeers(peers: readonly HostPort[]): Promise<readonly Endpoint[]> {
    const found = await Promise.all(
      peers.map(async ({ host, port }) => {
        try {
          const addresses = await lookup(host, { all: true });
          return addresses.map(({ address }) => makeEndpoint(address, port));
        } catch {
          this.#note(`peer ${host}:${port}: no address was found for this name`);
          return [];
        }
      }),
    );
    return [...new Map(found.flat().map((endpoint) => [formatEndpoint(endpoint), endpoint])).values()];
  }

  #handleEvent(client: Client, event: ClientEvent): void {
    const { reporter } = this.#request;
    const item = "infoHash" in event ? this.#itemOf(client, event.infoHash) : undefined;
    if ("infoHash" in event) item?.handleEvent(event, performance.now());
    if (item !== undefined && event.type === "metadata") this.#select(client, item);
    const shown = toPublicEvent(event, item?.torrent.hasMetainfo === true ? item.torrent.metainfo : undefined);
    if (shown !== undefined) reporter.handleEvent(shown);
    const note = toNote(event);
    if (note !== undefined) this.#note(note);
    if (item !== undefined && event.type === "state") this.#showChange(item, client);
  }

  /** Events come from the moment of adding on, before `add` has returned. */
  #itemOf(client: Client, infoHash: Parameters<Client["torrent"]>[0]): TransferItem | undefined {
    const known = this.#items.get(infoHash);
    const torrent = client.torrent(infoHash);
    if (known !== undefined || torrent === undefined) return known;
    const { mode, options } = this.#request;
    const { seed, seedRatio, seedTime, timeout } = options;
    const staysToSeed = mode === "seed" || seed === true || seedRatio !== undefined || seedTime !== undefined;
    const goals = { seedRatio, seedTimeMs: seedTime, timeoutMs: timeout };
    const item = new TransferItem(torrent, { mode, staysToSeed, port: client.port, ...goals }, performance.now());
    this.#items.set(infoHash, item);
    return item;
  }

  #tick(client: Client): void {
    this.#followClock(client);
    const { reporter } = this.#request;
    const nowMs = performance.now();
    for (const item of this.#items.values()) {
      const note = item.handleTick(nowMs);
      if (note !== undefined) this.#note(note);
      this.#showChange(item, client);
    }
    const delayMs = client.loopDelayP99Ms();
    reporter.handleTick(
      [...this.#items.values()].map((item) => item.view(delayMs)),
      nowMs,
    );
    this.#tellWhy(client, nowMs);
    this.#network.tick(client, nowMs);
  }

  #tellWhy(client: Client, nowMs: number): void {
    if (this.#request.options.why !== true || nowMs - this.#whyAtMs < WHY_EVERY_MS) return;
    this.#whyAtMs = nowMs;
    for (const item of this.#items.values()) {
      const why = client.torrent(item.torrent.infoHash)?.why();
      if (why !== undefined && !item.isOver) this.#request.reporter.handleWhy(toWhyView(item.view(0), why), nowMs);
    }
  }

  /** Says a change of state, and carries out what follows from it. */
  #showChange(item: TransferItem, client: Client): void {
    const view = item.view(0);
    if (item.takeChange(view)) this.#request.reporter.handleChange(view);
    const { failure } = item;
    if (failure === undefined) return;
    item.failure = undefined;
    this.#handleFailure(failure);
    void client.torrent(item.torrent.infoHash)?.stop();
  }

  async #close(client: Client): Promise<void> {
    await this.#request.companion?.close();
    const timer = setInterval(() => this.#tick(client), this.#request.reporter.tickMs);
    try {
      await client.close();
    } finally {
      clearInterval(timer);
    }
    for (const item of this.#items.values()) this.#showChange(item, client);
  }

  #judge(): ExitCode {
    const interrupted = this.#interrupts.exitCode;
    if (interrupted === undefined || this.#exitCode !== EXIT.done) return this.#exitCode;
    const isEnough = [...this.#items.values()].every((item) => item.isOver || item.isOnlySeeding);
    return isEnough && this.#items.size > 0 && interrupted !== EXIT.pipeClosed ? EXIT.done : interrupted;
  }

  #handleFailure(failure: Failure): void {
    this.#request.reporter.handleFailure(failure);
    if (this.#exitCode === EXIT.done) this.#exitCode = failure.exitCode;
  }

  /** Trackers and waiting say the same again and again; once is enough. */
  #note(sentence: string): void {
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.#request.reporter.handleNote(sentence);
  }
}
