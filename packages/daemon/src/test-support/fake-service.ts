/** A service without an engine: torrents in a map, commands that only note that they were called. */
import type { LimitNode } from "@torrential/api";
import { type InfoHash, parseInfoHash } from "@torrential/core";
import type { ChangeBatch, HistoryEvent, Topic } from "../service/changes.ts";
import { comparePlaces, type SortPlace, sortable } from "../service/sorted-list.ts";
import { ServiceError } from "../service/errors.ts";
import type { SessionView, TorrentCounts } from "../service/queries.ts";
import type {
  BulkResult,
  KeyValueStore,
  LabelsService,
  Service,
  SettingsService,
  TorrentRef,
  TorrentsService,
} from "../service/service.ts";
import type { ShareLimits, TorrentView } from "../service/torrent-view.ts";
import { TouchLog } from "../service/touch-log.ts";

export const GLOBAL_LIMITS: ShareLimits = {
  ratio: "global",
  seedingTimeMs: "global",
  idleTimeMs: "global",
  match: "global",
  action: "global",
};

export function makeTorrent(id: number, fields: Partial<TorrentView> = {}): TorrentView {
  const infoHash = parseInfoHash(id.toString(16).padStart(40, "0"));
  return {
    ...NOTHING,
    id,
    infoHash,
    infoHashV1: infoHash,
    name: `torrent ${id}`,
    addedAtMs: 1_700_000_000_000 + id,
    contentPath: `/downloads/torrent ${id}`,
    ...fields,
  };
}

const NOTHING: Omit<TorrentView, "id" | "infoHash" | "infoHashV1" | "name" | "addedAtMs" | "contentPath"> = {
  infoHashV2: undefined,
  state: "downloading",
  intent: "start",
  problem: undefined,
  trackerMessage: undefined,
  hasMetadata: true,
  isPrivate: false,
  isComplete: false,
  isStalled: false,
  isLimitReached: false,
  queuePosition: 1,
  sizeBytes: 1000,
  wantedBytes: 1000,
  verifiedBytes: 500,
  progress: 0.5,
  stateProgress: undefined,
  fileCount: 1,
  pieceCount: 10,
  piecesHave: 5,
  pieceLength: 100,
  downRate: 0,
  upRate: 0,
  downloadedBytes: 500,
  uploadedBytes: 0,
  wastedBytes: 0,
  sessionDownloadedBytes: 500,
  sessionUploadedBytes: 0,
  ratio: 0,
  etaMs: undefined,
  peers: 0,
  seeds: 0,
  swarmPeers: undefined,
  swarmSeeds: undefined,
  availability: 0,
  startedAtMs: undefined,
  completedAtMs: undefined,
  activeAtMs: undefined,
  seenCompleteAtMs: undefined,
  activeTimeMs: 0,
  seedingTimeMs: 0,
  nextAnnounceAtMs: undefined,
  folder: "/downloads",
  currentFolder: "/downloads",
  incompleteFolder: undefined,
  category: undefined,
  tags: [],
  isAutoManaged: false,
  limits: {},
  shareLimits: GLOBAL_LIMITS,
  priority: 0,
  isSequential: false,
  isFirstLast: false,
  isSuperSeeding: false,
  peersMax: undefined,
  tracker: undefined,
  trackerCount: 0,
  comment: undefined,
  createdBy: undefined,
  createdAtMs: undefined,
  revision: 1,
};

const LIMIT_SIDE = { strategy: { type: "unlimited" }, rateBytesPerSec: 0, waiting: 0, blocked: 0 } as const;
const LIMIT_NODE: LimitNode = {
  id: "global",
  kind: "global",
  name: "global",
  parents: [],
  weight: 1,
  isEditable: true,
  down: LIMIT_SIDE,
  up: LIMIT_SIDE,
};

export class MemoryStore implements KeyValueStore {
  readonly #areas = new Map<string, Map<string, string>>();

  get(area: string, key: string): string | undefined {
    return this.#areas.get(area)?.get(key);
  }

  list(area: string): ReadonlyMap<string, string> {
    return this.#areas.get(area) ?? new Map();
  }

  set(area: string, key: string, value: string | undefined): Promise<void> {
    const values = this.#areas.get(area) ?? new Map<string, string>();
    this.#areas.set(area, values);
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    return Promise.resolve();
  }
}

type Note = (name: string) => Promise<void>;
type Commands =
  | "remove"
  | "restore"
  | "setIntent"
  | "recheck"
  | "reannounce"
  | "update"
  | "tag"
  | "setFolder"
  | "setFilePriorities"
  | "renamePath"
  | "setTrackers"
  | "setWebSeeds"
  | "addPeers"
  | "banPeers";

/** `calls` names the commands that were given, in order. */
export class FakeService {
  readonly calls: string[] = [];
  store: MemoryStore = new MemoryStore();
  /** Whether each change of settings came from who had just given the password. */
  readonly sudo: boolean[] = [];
  readonly byHash: Map<string, TorrentView> = new Map();
  readonly events: HistoryEvent[] = [];
  readonly settings: Map<string, string | number | boolean> = new Map([["limits.down", 0]]);
  content: Uint8Array = new Uint8Array();
  revision = 1;
  readonly #listeners = new Set<(batch: ChangeBatch) => void>();
  readonly #touches: TouchLog<InfoHash> = new TouchLog();

  constructor(torrents: readonly TorrentView[] = []) {
    for (const torrent of torrents) this.byHash.set(torrent.infoHash, torrent);
  }

  /** Changes fields of a torrent, and tells who listens. */
  change(infoHash: InfoHash, fields: Partial<TorrentView>): void {
    const before = this.#need(infoHash);
    this.revision += 1;
    this.byHash.set(infoHash, { ...before, ...fields, revision: this.revision });
    const keys = Object.keys(fields).filter((key): key is keyof TorrentView => key in before);
    this.tell({ changed: new Map([[infoHash, new Set(keys)]]) });
  }

  add(torrent: TorrentView): void {
    this.byHash.set(torrent.infoHash, torrent);
    this.revision += 1;
    this.tell({ added: [torrent.infoHash] });
  }

  remove(infoHash: InfoHash): void {
    const { id } = this.#need(infoHash);
    this.byHash.delete(infoHash);
    this.revision += 1;
    this.tell({ removed: [{ id, infoHash }] });
  }

  record(event: HistoryEvent): void {
    this.events.push(event);
    this.tell({ topics: new Set<Topic>(["history"]) });
  }

  tell(batch: Partial<ChangeBatch>): void {
    const { added = [], removed = [], changed = new Map<InfoHash, never>() } = batch;
    const touched = [...added, ...removed.map(({ infoHash }) => infoHash), ...changed.keys()];
    for (const infoHash of touched) this.#touches.push(infoHash, this.byHash.size);
    const whole = {
      revision: this.revision,
      added: [],
      removed: [],
      changed: new Map(),
      topics: new Set<Topic>(),
      ...batch,
    };
    for (const listener of this.#listeners) listener(whole);
  }

  asService(): Service {
    const note = (name: string): Promise<void> => {
      this.calls.push(name);
      return Promise.resolve();
    };
    const read = (): number => this.revision;
    return {
      torrents: this.#torrents(note),
      queue: { move: (refs) => this.#bulk("queue", refs), moveTo: () => note("queue") },
      labels: this.#labels(note),
      limits: {
        tree: () => Promise.resolve({ nodes: [LIMIT_NODE], options: { limitLan: true, countOverhead: false } }),
        set: async (id, { weight = 1 }) => {
          await note("limit");
          return { ...LIMIT_NODE, id, weight };
        },
      },
      bans: {
        list: () => Promise.resolve([{ key: "192.0.2.1", reason: "rude", by: "user" }]),
        add: () => note("ban"),
        lift: () => note("unban"),
      },
      settings: this.#settings(note),
      session: {
        view: () => SESSION,
        setAlternativeLimits: () => note("alternative-limits"),
        rates: () => [],
        shutdown: () => {
          this.calls.push("shutdown");
        },
      },
      history: {
        since: (id, { limit = 1_000 } = {}) => this.events.filter((event) => event.id > id).slice(0, limit),
        latest: ({ limit = 100 } = {}) => this.events.toReversed().slice(0, limit),
      },
      folders: {
        space: () => Promise.resolve({ freeBytes: 1, totalBytes: 2 }),
        list: () => Promise.resolve([]),
        roots: () => ["/downloads"],
      },
      archive: {
        export: async function* () {
          yield "{}";
        },
        import: () => this.#bulk("import", []),
      },
      store: this.store,
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      changesSince: (revision) => ({ revision, isFull: true, changed: [], removed: [] }),
      get revision(): number {
        return read();
      },
    };
  }

  #labels(note: Note): LabelsService {
    const unsupported = (): never => {
      throw new ServiceError("unsupported", "the fake cannot do that");
    };
    return {
      categories: () => [],
      tags: () => [],
      createCategory: async (name) => {
        await note("create-category");
        return { name, folder: undefined, incompleteFolder: undefined, limits: {}, shareLimits: GLOBAL_LIMITS };
      },
      updateCategory: unsupported,
      renameCategory: unsupported,
      renameTag: unsupported,
      removeCategories: () => note("remove-categories"),
      createTags: () => note("create-tags"),
      updateTag: unsupported,
      removeTags: () => note("remove-tags"),
    };
  }

  #settings(note: Note): SettingsService {
    return {
      all: () => Object.fromEntries(this.settings),
      origin: () => "default",
      update: async (patch, { isSudo }) => {
        this.sudo.push(isSudo);
        if ("http.listen" in patch && !isSudo)
          throw new ServiceError("forbidden", "http.listen needs the password again");
        await note("settings");
      },
      schema: () => ({ type: "object" }),
      reload: async () => {
        await note("reload");
        return [];
      },
    };
  }

  #torrents(note: Note): TorrentsService {
    const all = (): TorrentView[] => [...this.byHash.values()];
    const content = (): Uint8Array => this.content;
    return {
      get size(): number {
        return all().length;
      },
      get: (ref) => this.#find(ref),
      all,
      touchedSince: (position) => ({
        position: this.#touches.end,
        infoHashes: position < 0 ? undefined : this.#touches.since(position),
      }),
      list: ({ filter, sort = "addedAtMs", descending = false, offset = 0, limit } = {}) => {
        const passing = all().filter(
          ({ name, state }) => name.includes(filter?.text ?? "") && (filter?.states?.includes(state) ?? true),
        );
        const placeOf = (view: TorrentView): SortPlace => ({ id: view.id, value: sortable(view[sort]) });
        const ordered = passing.toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b), { descending }));
        const end = limit === undefined ? ordered.length : offset + limit;
        return { revision: this.revision, total: ordered.length, torrents: ordered.slice(offset, end) };
      },
      counts: () => ({ ...COUNTS, all: all().length }),
      files: (ref) => {
        this.#need(ref);
        return [{ ...FILE, sizeBytes: content().length }];
      },
      trackers: (ref) => {
        this.#need(ref);
        return [TRACKER];
      },
      webSeeds: () => [],
      magnet: (ref) => `magnet:?xt=urn:btih:${this.#need(ref).infoHash}`,
      metainfo: () => new Uint8Array([100, 101]),
      peers: () => Promise.resolve([]),
      pieces: () =>
        Promise.resolve({
          count: 1,
          lengthBytes: 1,
          have: new Uint8Array([128]),
          inFlight: [],
          availability: new Uint8Array([1]),
        }),
      reasons: () =>
        Promise.resolve([
          { direction: "down", code: "choked", share: 1, count: 3, sentence: "Peers serve others first.", remedy: "" },
        ]),
      read: async function* (_ref, _file, { start, end }) {
        yield content().slice(start, end);
      },
      add: async ({ source }) => {
        await note(`add ${source.type}`);
        if (source.type === "magnet" && source.uri === "bad")
          throw new ServiceError("torrent-invalid", "no magnet link");
        return { torrent: makeTorrent(99), isDuplicate: false };
      },
      preview: () => Promise.reject(new ServiceError("unsupported", "the fake cannot do that")),
      ...this.#commands(note),
    };
  }

  #commands(note: Note): Pick<TorrentsService, Commands> {
    return {
      remove: (refs) => this.#bulk("remove", refs),
      restore: async (infoHash) => {
        await note("restore");
        return this.#need(infoHash);
      },
      setIntent: (refs, intent) => this.#bulk(intent, refs),
      recheck: (refs) => this.#bulk("recheck", refs),
      reannounce: (refs) => this.#bulk("reannounce", refs),
      update: (refs) => this.#bulk("update", refs),
      tag: (refs) => this.#bulk("tag", refs),
      setFolder: (refs) => this.#bulk("move", refs),
      setFilePriorities: () => note("priorities"),
      renamePath: () => note("rename"),
      setTrackers: () => note("trackers"),
      setWebSeeds: () => note("web-seeds"),
      addPeers: async (_ref, peers) => {
        await note("peers");
        return peers.length;
      },
      banPeers: () => note("ban"),
    };
  }

  #bulk(name: string, refs: readonly TorrentRef[]): Promise<BulkResult> {
    this.calls.push(name);
    const done: InfoHash[] = [];
    const failed: { ref: TorrentRef; code: string; message: string }[] = [];
    for (const ref of refs) {
      const torrent = this.#find(ref);
      if (torrent === undefined) failed.push({ ref, code: "not-found", message: `torrent ${ref}: there is none` });
      else done.push(torrent.infoHash);
    }
    return Promise.resolve({ done, failed });
  }

  #find(ref: TorrentRef): TorrentView | undefined {
    if (typeof ref === "string") return this.byHash.get(ref.toLowerCase());
    return [...this.byHash.values()].find(({ id }) => id === ref);
  }

  #need(ref: TorrentRef): TorrentView {
    const found = this.#find(ref);
    if (found === undefined) throw new ServiceError("not-found", `torrent ${ref}: there is none`);
    return found;
  }
}

const COUNTS: TorrentCounts = {
  all: 0,
  states: {},
  active: 0,
  complete: 0,
  categories: {},
  tags: {},
  trackers: {},
  folders: {},
};

const FILE = {
  index: 0,
  path: "film.mp4",
  sizeBytes: 0,
  verifiedBytes: 0,
  progress: 0,
  priority: 4,
  isPad: false,
  firstPiece: 0,
  lastPiece: 0,
};

const TRACKER = {
  id: 1,
  url: "https://tracker.example/0123456789abcdef0123/announce?passkey=hush",
  tier: 0,
  state: "working",
  message: undefined,
  seeders: 1,
  leechers: 2,
  downloads: undefined,
  peers: 3,
  lastAnnounceAtMs: undefined,
  nextAnnounceAtMs: undefined,
} as const;

const SESSION: SessionView = {
  dhtBadNodes: 0,
  dhtProblem: undefined,
  reachableBecause: undefined,
  version: "0.1.0",
  startedAtMs: 1_700_000_000_000,
  downRate: 1,
  upRate: 2,
  downloadedBytes: 3,
  uploadedBytes: 4,
  wastedBytes: 0,
  totalDownloadedBytes: 5,
  totalUploadedBytes: 6,
  totalActiveMs: 7,
  totalStarts: 8,
  totalAdded: 9,
  torrents: 1,
  activeTorrents: 1,
  sleepingTorrents: 0,
  peers: 2,
  dhtNodes: 0,
  listenPort: 6881,
  isReachable: undefined,
  externalAddress: undefined,
  limits: {},
  isAlternativeLimits: false,
  diskQueueBytes: 0,
  bufferBytes: 0,
  mainLoopP99Ms: 1,
  engineLoopP99Ms: 2,
  freeBytes: undefined,
  isReadOnly: false,
};
