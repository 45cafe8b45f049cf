/** The engine's side of the thread: carries requests to a client, and reports four times a second what became another. */
import { encodeBareMetainfo, type InfoHash, TorrentialError, utf8 } from "@torrential/core";
import type {
  Client,
  ClientEvent,
  EngineCommand,
  Lifecycle,
  LimitTreeNode,
  RateLimits,
  Torrent,
  TorrentStatus,
  TrackerStatus,
} from "@torrential/node";
import { toMonotonic } from "@torrential/node";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import type {
  EngineDht,
  EngineQuestion,
  EngineDetails,
  EngineReport,
  EngineRequest,
  EngineStatus,
  EngineTracker,
} from "./messages.ts";
import { StreamTable } from "./streams.ts";

/** Details are sent for so long after somebody asked for them. */
const WATCH_MS = 10_000;
/** Details are heavier than statuses: every so many ticks. */
const DETAIL_TICKS = 4;

const SETTLED: ReadonlySet<Lifecycle["status"]> = new Set([
  "downloading",
  "finished",
  "seeding",
  "error",
  "fetching-metadata",
]);

export class EngineHost {
  readonly #client: Client;
  readonly #say: (report: EngineReport) => void;
  readonly #streams: StreamTable;
  /** Until when somebody looks, by the clock of `performance`. */
  readonly #watched = new Map<InfoHash, number>();
  /** Something flowed or somebody was connected: rates fall without any input. */
  #warm = new Set<InfoHash>();
  /** Being taken in: what is asked of them meanwhile is done when they are there. */
  readonly #loads = new Map<InfoHash, Promise<void>>();
  readonly #asleep = new Set<InfoHash>();
  /** Pieces that were reported. */
  readonly #reported = new Map<InfoHash, number>();
  #events: ClientEvent[] = [];
  #metadata: { infoHash: InfoHash; torrent: Uint8Array }[] = [];
  #ticks = 0;
  #dht: EngineDht | undefined;

  constructor(client: Client, say: (report: EngineReport) => void) {
    this.#client = client;
    this.#say = say;
    this.#streams = new StreamTable(client);
    client.subscribe((event) => this.#handleEvent(event));
  }

  handle(request: Exclude<EngineRequest, { type: "close" | "reloaded" }>): void {
    switch (request.type) {
      case "load":
        return this.#load(request);
      case "unload":
        return this.#unload(request);
      case "command":
        return this.#command(request.command);
      case "watch":
        this.#watched.set(request.infoHash, performance.now() + WATCH_MS);
        return this.#reportDetails(request.infoHash);
      case "ask":
        return this.#answer(request);
      default:
        request satisfies never;
    }
  }

  /** Reports what changed; nothing when nothing did. */
  tick(): void {
    this.#ticks += 1;
    const names = new Set([...this.#client.takeChanged(), ...this.#warm]);
    this.#warm = new Set();
    const statuses: EngineStatus[] = [];
    const pieces: { infoHash: InfoHash; have: Uint8Array }[] = [];
    for (const infoHash of names) {
      const torrent = this.#client.torrent(infoHash);
      if (torrent === undefined) continue;
      const status = torrent.status();
      if (isWarm(status)) this.#warm.add(infoHash);
      statuses.push(toEngineStatus(status));
      if (this.#reported.get(infoHash) === status.piecesHave) continue;
      this.#reported.set(infoHash, status.piecesHave);
      // All of them need no list.
      if (status.piecesHave === status.pieceCount) continue;
      pieces.push({ infoHash, have: torrent.pieces()?.have ?? new Uint8Array(0) });
    }
    const details = this.#ticks % DETAIL_TICKS === 0 ? this.#collectDetails() : [];
    // Once a second it says how it is all the same.
    const isQuiet = names.size === 0 && this.#events.length === 0 && this.#metadata.length === 0;
    if (!isQuiet || this.#ticks % DETAIL_TICKS === 0) this.#report({ statuses, pieces, details });
  }

  #report(part: Pick<Extract<EngineReport, { type: "update" }>, "statuses" | "pieces" | "details">): void {
    const [events, metadata] = [this.#events, this.#metadata];
    this.#events = [];
    this.#metadata = [];
    const loopP99Ms = this.#client.loopDelayP99Ms();
    const [memory, reachability] = [this.#client.memory(), this.#client.reachability()];
    if (this.#ticks % DETAIL_TICKS === 0) this.#dht = describeDht(this.#client);
    const [asleep, dht] = [this.#asleep.size, this.#dht];
    this.#say({ type: "update", ...part, events, metadata, loopP99Ms, memory, asleep, reachability, dht });
  }

  #load({ infoHash, source, options: said }: Extract<EngineRequest, { type: "load" }>): void {
    const options = said.limits === undefined ? said : { ...said, limits: toEngineTime(said.limits) };
    const load = Promise.resolve()
      .then(() =>
        typeof source === "string"
          ? this.#client.addMagnet(source, options)
          : this.#client.add(parseStoredMetainfo(source), { ...options, infoHash }),
      )
      .then(
        () => undefined,
        (error: unknown) => this.#say({ type: "load-failed", infoHash, ...explain(error) }),
      )
      .finally(() => {
        if (this.#loads.get(infoHash) === load) this.#loads.delete(infoHash);
      });
    this.#loads.set(infoHash, load);
  }

  #limitTree({ torrents, peersOf, id }: Extract<EngineQuestion, { type: "limit-tree" }>): readonly LimitTreeNode[] {
    const query = { torrents, ...(peersOf === undefined ? {} : { peersOf }), ...(id === undefined ? {} : { id }) };
    return this.#client.limitTree(query);
  }

  #command(said: EngineCommand): void {
    const command =
      "limits" in said && said.limits !== undefined ? { ...said, limits: toEngineTime(said.limits) } : said;
    const infoHash = "infoHash" in command ? command.infoHash : undefined;
    const load = infoHash === undefined ? undefined : this.#loads.get(infoHash);
    if (load === undefined) this.#client.command(command);
    else void load.then(() => this.#client.command(command));
  }

  #unload(request: Extract<EngineRequest, { type: "unload" }>): void {
    const load = this.#loads.get(request.infoHash);
    if (load === undefined) this.#unloadNow(request);
    else void load.then(() => this.#unloadNow(request));
  }

  #unloadNow({ infoHash, deleteFiles, keepState }: Extract<EngineRequest, { type: "unload" }>): void {
    if (this.#client.torrent(infoHash) === undefined) this.#forget(infoHash, undefined);
    else this.#client.command({ type: "remove", infoHash, deleteFiles, keepState });
  }

  #handleEvent(event: ClientEvent): void {
    if (event.type === "removed") return this.#forget(event.infoHash, event.problem);
    if (event.type === "asleep") {
      this.#asleep.add(event.infoHash);
      return;
    }
    if (event.type === "metadata") {
      this.#metadata.push({ infoHash: event.infoHash, torrent: encodeBareMetainfo(event.metainfo) });
      return;
    }
    if (event.type === "state") this.#asleep.delete(event.infoHash);
    // Said at once: the next one waits for it.
    if (event.type === "state" && SETTLED.has(event.state.status))
      this.#say({ type: "settled", infoHash: event.infoHash });
    // A piece at a time is in the statuses; peers come and go too often for anyone to read.
    if (event.type !== "piece-verified" && !event.type.startsWith("peer-c")) this.#events.push(event);
  }

  /** The last status is out before the end is. */
  #forget(infoHash: InfoHash, problem: string | undefined): void {
    this.#reported.delete(infoHash);
    this.#asleep.delete(infoHash);
    this.#watched.delete(infoHash);
    this.#report({ statuses: [], pieces: [], details: [] });
    this.#say({ type: "unloaded", infoHash, problem });
  }

  #collectDetails(): EngineDetails[] {
    const now = performance.now();
    const details: EngineDetails[] = [];
    for (const [infoHash, until] of this.#watched) {
      const torrent = this.#client.torrent(infoHash);
      if (until < now || torrent === undefined) this.#watched.delete(infoHash);
      else details.push(...toDetails(torrent));
    }
    return details;
  }

  #reportDetails(infoHash: InfoHash): void {
    const torrent = this.#client.torrent(infoHash);
    if (torrent !== undefined) this.#report({ statuses: [], pieces: [], details: toDetails(torrent) });
  }

  async #ask(question: EngineQuestion): Promise<Uint8Array | number | undefined> {
    if (question.type === "fetch") return await this.#client.fetchTorrent(question.url, { cookie: question.cookie });
    if (question.type === "bans") return utf8(JSON.stringify(this.#client.bans()));
    if (question.type === "limit-tree") return utf8(JSON.stringify(this.#limitTree(question)));
    if (question.type !== "move" && question.type !== "rename" && question.type !== "open-stream")
      return await this.#streams.ask(question);
    await this.#loads.get(question.infoHash);
    const torrent = this.#client.torrent(question.infoHash);
    await torrent?.awake();
    if (question.type === "open-stream") return await this.#streams.ask(question);
    if (torrent === undefined) throw new TorrentialError("conflict", "The engine does not have the torrent");
    if (question.type === "move") {
      const { root, bytesPerSec } = question;
      await torrent.move(root, bytesPerSec === undefined ? {} : { bytesPerSec });
      return undefined;
    }
    await torrent.rename(question.from, question.to);
    return utf8(JSON.stringify(torrent.files().map(({ path }) => path.join("/"))));
  }

  #answer({ id, question }: Extract<EngineRequest, { type: "ask" }>): void {
    const asked = this.#ask(question);
    asked.then(
      (value) => this.#say({ type: "answer", id, answer: { ok: true, value } }),
      (error: unknown) => this.#say({ type: "answer", id, answer: { ok: false, ...explain(error) } }),
    );
  }
}

function describeDht(client: Client): EngineDht | undefined {
  const problem = client.dhtProblem;
  if (client.dht === undefined) return problem === undefined ? undefined : { good: 0, bad: 0, problem };
  const counts = client.dht.stats().families.map(({ nodes }) => nodes);
  const sum = (key: "good" | "questionable" | "bad"): number => counts.reduce((all, each) => all + each[key], 0);
  return { good: sum("good"), bad: sum("questionable") + sum("bad"), problem };
}

function isWarm(status: TorrentStatus): boolean {
  return status.downRate > 0 || status.upRate > 0 || status.state.status === "checking";
}

function toEngineStatus(status: TorrentStatus): EngineStatus {
  const { bans: _bans, refusals: _refusals, trackers, ...rest } = status;
  const sinceEpoch = Date.now() - performance.now();
  return { ...rest, trackers: trackers.map((tracker) => toEngineTracker(tracker, sinceEpoch)) };
}

function toEngineTracker(tracker: TrackerStatus, sinceEpoch: number): EngineTracker {
  const { url, tier, state, lastError, warning, peers, seeders, leechers, completed } = tracker;
  const toWall = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : Math.round(at + sinceEpoch);
  return {
    url,
    tier,
    state,
    lastError,
    warning,
    peers,
    seeders,
    leechers,
    completed,
    nextAnnounceAtMs: toWall(tracker.nextAnnounceAt),
    lastAnnounceAtMs: toWall(tracker.lastAnnouncedAt),
  };
}

function toDetails(torrent: Torrent): EngineDetails[] {
  const pieces = torrent.pieces();
  if (pieces === undefined) return [];
  const why = torrent.why();
  return [
    {
      infoHash: torrent.infoHash,
      peers: torrent.peers(),
      pieces,
      why: { down: why?.down.recent ?? [], up: why?.up.recent ?? [] },
      peersWhy: (why?.peers ?? []).map(({ down, up }) => ({ down: down.recent, up: up.recent })),
    },
  ];
}

/** Schedules come with a week on the wall clock; this thread's engine counts on its own. */
function toEngineTime(limits: RateLimits): RateLimits {
  const convert = (limit: RateLimits["down"]): RateLimits["down"] =>
    typeof limit === "object" && limit.type === "schedule"
      ? { ...limit, weekStartsAt: toMonotonic(limit.weekStartsAt) }
      : limit;
  return { ...limits, down: convert(limits.down), up: convert(limits.up) };
}

function explain(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof TorrentialError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
