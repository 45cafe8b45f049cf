/** Changes of torrents that are here: each is in the record, on disk, and then with the engine. */
import { fromUtf8, TorrentialError } from "@torrential/core";
import type { EngineCommand } from "@torrential/node";
import type { TorrentRecord } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import { type Labels, checkTagName } from "./labels.ts";
import type { Moving } from "./moving.ts";
import { checkFolder, downloadFolder } from "./paths.ts";
import type { Runner } from "./runner.ts";
import type { BulkResult, TorrentPatch, TorrentRef } from "./service.ts";
import type { RunIntent } from "./torrent-view.ts";

const PRIORITY_NORMAL = 4;
const PRIORITY_TOP = 7;
const TRACKERS_MAX = 500;
const TRACKER_SCHEMES = /^(?:https?|udp|wss?):$/;
const TAGS_MAX = 200;
const NAME_MAX = 1_000;

export interface UpdatingDeps {
  readonly context: ServiceContext;
  readonly editor: Editor;
  readonly runner: Runner;
  readonly labels: Labels;
  readonly moving: Moving;
  /** Plain rates were set at a node of the tree of limits. */
  readonly onRates: (id: string) => Promise<void>;
  /** It shares by another weight. */
  readonly onWeight: (id: string) => void;
}

export class Updating {
  readonly #deps: UpdatingDeps;

  constructor(deps: UpdatingDeps) {
    this.#deps = deps;
  }

  setIntent(refs: readonly TorrentRef[], intent: RunIntent): Promise<BulkResult> {
    const { history, clock } = this.#deps.context;
    return this.#deps.editor.bulk(
      refs,
      (entry) => {
        if (intent === "stop") return entry.record.intent === intent ? undefined : { intent, recheckDue: false };
        this.#giveAnotherTry(entry);
        const { record, live } = entry;
        if (record.intent === intent && record.stopWhen === undefined && live?.state.status !== "error")
          return undefined;
        return { intent, stopWhen: undefined, skipCheck: record.skipCheck && !isCorrupt(entry) };
      },
      (entry) => {
        if (intent !== "stop") entry.progress = { ...entry.progress, isLimitReached: false };
        entry.quietSince = intent === "stop" ? undefined : clock.now();
        const type = intent === "stop" ? "stopped" : "started";
        history.add({ type, infoHash: entry.infoHash, message: `It was ${type} by hand` });
      },
    );
  }

  async recheck(refs: readonly TorrentRef[]): Promise<BulkResult> {
    return await this.#deps.editor.bulk(
      refs,
      (entry) => {
        if (entry.record.facts === undefined) throw new ServiceError("no-metadata", "Its metadata is not here yet");
        this.#giveAnotherTry(entry);
        return { recheckDue: true, skipCheck: false };
      },
      (entry) => this.#tell(entry, { type: "recheck", infoHash: entry.infoHash }),
    );
  }

  async reannounce(refs: readonly TorrentRef[]): Promise<BulkResult> {
    return await this.#deps.editor.bulk(
      refs,
      () => undefined,
      (entry) => this.#tell(entry, { type: "reannounce", infoHash: entry.infoHash }),
    );
  }

  async update(refs: readonly TorrentRef[], patch: TorrentPatch): Promise<BulkResult> {
    const { labels, editor, moving } = this.#deps;
    const tags = patch.tags === undefined ? undefined : checkTags(patch.tags);
    if (patch.name !== undefined && (patch.name.trim() === "" || patch.name.length > NAME_MAX)) {
      throw new ServiceError("invalid", `name: got ${patch.name.length} characters, wanted 1 to ${NAME_MAX}`);
    }
    await labels.ensure({ category: patch.category, tags });
    const result = await editor.bulk(
      refs,
      ({ record }) => ({
        ...applyPatch(record, patch, tags),
        ...this.#followCategory(record, patch),
        ...this.#incompleteFolder(patch),
      }),
      (entry) => this.#tellPatch(entry, patch),
    );
    if (patch.incompleteFolder !== undefined) moving.tick();
    for (const infoHash of result.done) {
      if (patch.limits !== undefined) await this.#deps.onRates(`torrent:${infoHash}`);
      else if (patch.priority !== undefined) this.#deps.onWeight(`torrent:${infoHash}`);
    }
    return result;
  }

  /** Throws "path-refused". */
  #incompleteFolder({ incompleteFolder }: TorrentPatch): Partial<TorrentRecord> {
    if (incompleteFolder === undefined) return {};
    const settings = this.#deps.context.settings();
    return { incompleteFolder: incompleteFolder === "" ? undefined : checkFolder(incompleteFolder, settings) };
  }

  /** The folder of an auto-managed torrent is its category's. */
  #followCategory(record: TorrentRecord, patch: TorrentPatch): Partial<TorrentRecord> {
    const isAutoManaged = patch.isAutoManaged ?? record.isAutoManaged;
    if (!isAutoManaged || (!("category" in patch) && patch.isAutoManaged === undefined)) return {};
    const { context, labels } = this.#deps;
    const category = "category" in patch ? patch.category : record.category;
    return { folder: labels.category(category)?.folder ?? downloadFolder(context.settings()) };
  }

  async tag(
    refs: readonly TorrentRef[],
    { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<BulkResult> {
    const [added, removed] = [checkTags(add), new Set(remove.map((tag) => tag.trim()))];
    await this.#deps.labels.ensure({ tags: added });
    return await this.#deps.editor.bulk(
      refs,
      ({ record }) => ({ tags: checkTags([...record.tags.filter((tag) => !removed.has(tag)), ...added]) }),
      (entry) => this.#deps.labels.tell([entry]),
    );
  }

  /** A move is under way when this resolves: the aim is on disk. */
  async setFolder(
    refs: readonly TorrentRef[],
    folder: string,
    options: { readonly move: boolean },
  ): Promise<BulkResult> {
    const { context, editor, runner, moving } = this.#deps;
    const checked = checkFolder(folder, context.settings());
    const result = await editor.bulk(
      refs,
      ({ record, progress }) => {
        const isMove = options.move && progress.piecesHave > 0 && record.currentFolder !== checked;
        return { folder: checked, isAutoManaged: false, ...(isMove ? {} : { currentFolder: checked }) };
      },
      (entry) => {
        // Without a move it is taken in anew, from the other folder.
        const isElsewhere = entry.record.currentFolder === checked && entry.phase !== "resting";
        if (isElsewhere && !options.move) runner.unload(entry, { deleteFiles: false, keepState: true });
      },
    );
    moving.tick();
    return result;
  }

  async setFilePriorities(entry: Entry, fileCount: number, priorities: ReadonlyMap<number, number>): Promise<void> {
    for (const [file, priority] of priorities) {
      if (!Number.isInteger(file) || file < 0 || file >= fileCount) {
        throw new ServiceError("not-found", `There is no file ${file}: the torrent has ${fileCount}`);
      }
      if (!Number.isInteger(priority) || priority < 0 || priority > PRIORITY_TOP) {
        throw new ServiceError("invalid", `priority: got ${priority}, wanted 0 to ${PRIORITY_TOP}`);
      }
    }
    await this.#deps.editor.edit([entry], ({ record }) => ({
      filePriorities: Array.from(
        { length: fileCount },
        (_, file) => priorities.get(file) ?? record.filePriorities[file] ?? PRIORITY_NORMAL,
      ),
    }));
    const { filePriorities } = entry.record;
    this.#tell(entry, { type: "set-file-priorities", infoHash: entry.infoHash, priorities: filePriorities });
  }

  async renamePath(entry: Entry, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
    const { context, editor, runner } = this.#deps;
    if (entry.phase === "unloading") throw new ServiceError("conflict", "It is just being stopped: try again");
    let answer: unknown;
    try {
      answer = await runner.visit(entry, () =>
        context.engine.ask({ type: "rename", infoHash: entry.infoHash, from, to }),
      );
    } catch (cause) {
      if (!(cause instanceof TorrentialError)) throw cause;
      throw new ServiceError("conflict", cause.message, { cause });
    }
    const paths: unknown = answer instanceof Uint8Array ? JSON.parse(fromUtf8(answer)) : [];
    const entries = Array.isArray(paths)
      ? paths.flatMap((path, file) => (typeof path === "string" ? [[file, path]] : []))
      : [];
    await editor.edit([entry], () => ({ renames: Object.fromEntries(entries) }));
  }

  async setTrackers(entry: Entry, tiers: readonly (readonly string[])[]): Promise<void> {
    const trackers = checkTrackers(tiers);
    await this.#deps.editor.edit([entry], () => ({ trackers }));
    this.#tell(entry, { type: "set-trackers", infoHash: entry.infoHash, trackers });
  }

  async setWebSeeds(entry: Entry, urls: readonly string[]): Promise<void> {
    const bad = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ""));
    if (bad !== undefined)
      throw new ServiceError("invalid", `web seed: got ${JSON.stringify(bad)}, wanted an http(s) URL`);
    await this.#deps.editor.edit([entry], () => ({ webSeeds: [...new Set(urls)] }));
  }

  /** What kept it out may be over. */
  #giveAnotherTry(entry: Entry): void {
    if (entry.problem !== undefined && entry.problem.kind !== "storage-missing") entry.problem = undefined;
    if (entry.live?.state.status === "error") this.#tell(entry, { type: "start", infoHash: entry.infoHash });
  }

  #tellPatch(entry: Entry, patch: TorrentPatch): void {
    const { infoHash } = entry;
    if (patch.tags !== undefined || "category" in patch) this.#deps.labels.tell([entry]);
    if ("peersMax" in patch) this.#tell(entry, { type: "set-peers-max", infoHash, peersMax: patch.peersMax });
    if (patch.isSequential !== undefined) {
      const order = patch.isSequential ? "sequential" : "rarest-first";
      this.#tell(entry, { type: "set-order", infoHash, order });
    }
    if (patch.isFirstLast !== undefined) {
      this.#tell(entry, { type: "set-first-and-last", infoHash, enabled: patch.isFirstLast });
    }
    if (patch.isSuperSeeding !== undefined) {
      this.#tell(entry, { type: "set-super-seeding", infoHash, enabled: patch.isSuperSeeding });
    }
  }

  /** One that rests hears it when it is taken in. */
  #tell(entry: Entry, command: EngineCommand): void {
    if (entry.phase === "running" || entry.phase === "loading")
      this.#deps.context.engine.send({ type: "command", command });
  }
}

/** Some of it is not what the torrent says. */
function isCorrupt({ live }: Entry): boolean {
  return live?.state.status === "error" && live.state.class === "corrupt";
}

function applyPatch(
  record: TorrentRecord,
  patch: TorrentPatch,
  tags: readonly string[] | undefined,
): Partial<TorrentRecord> {
  const { shareLimits, tags: _tags, incompleteFolder: _incomplete, category, ...rest } = patch;
  return {
    ...rest,
    ...("category" in patch ? { category: category === "" ? undefined : category } : {}),
    ...(tags === undefined ? {} : { tags }),
    ...(shareLimits === undefined ? {} : { shareLimits: { ...record.shareLimits, ...shareLimits } }),
  };
}

/** Sorted, each once. Throws "invalid". */
function checkTags(tags: readonly string[]): readonly string[] {
  const checked = [...new Set(tags.map(checkTagName))].toSorted();
  if (checked.length > TAGS_MAX)
    throw new ServiceError("invalid", `tags: got ${checked.length}, wanted at most ${TAGS_MAX}`);
  return checked;
}

/** Each URL once, tiers without any left out. Throws "invalid". */
function checkTrackers(tiers: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const known = new Set<string>();
  const checked = tiers.map((tier) =>
    tier.filter((url) => {
      if (!TRACKER_SCHEMES.test(URL.parse(url)?.protocol ?? "")) {
        throw new ServiceError(
          "invalid",
          `tracker: got ${JSON.stringify(url)}, wanted an http, https, udp, ws or wss URL`,
        );
      }
      const isNew = !known.has(url);
      known.add(url);
      return isNew;
    }),
  );
  if (known.size > TRACKERS_MAX)
    throw new ServiceError("invalid", `trackers: got ${known.size}, wanted at most ${TRACKERS_MAX}`);
  return checked.filter((tier) => tier.length > 0);
}
