/** What one stream sees of the list of torrents, and what it must be told when that changes. */
import type { DeltaEvent, RowDelta, TorrentField, ViewEvent, Viewport } from "@torrential/api";
import type { ChangeBatch } from "../../service/changes.ts";
import type { TorrentFilter, TorrentPage } from "../../service/queries.ts";
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { type Order, parseFields, parseSort, toFilter, toRow } from "../list-query.ts";

type Field = keyof TorrentView;

const LIMIT_DEFAULT = 50;

export class ViewportState {
  readonly #filter: TorrentFilter;
  readonly #order: Order;
  readonly #fields: readonly TorrentField[] | undefined;
  readonly #range: { readonly offset: number; readonly limit: number };
  /** Fields that decide who is in the list, and where. */
  readonly #decisive: ReadonlySet<Field>;
  /** As of the latest batch; undefined until somebody looked. */
  #shown: readonly string[] | undefined;
  #total = 0;

  /** Throws "invalid". */
  constructor(viewport: Viewport) {
    this.#filter = toFilter(viewport);
    this.#order = parseSort(viewport.sort);
    this.#fields = parseFields(viewport.fields);
    this.#range = { offset: viewport.offset ?? 0, limit: viewport.limit ?? LIMIT_DEFAULT };
    this.#decisive = new Set([this.#order.sort, ...listDecisive(this.#filter)]);
  }

  /** All that is in sight. Who joins others sees the order that they see: the next batch tells all of them the same. */
  show(service: Service): ViewEvent {
    if (this.#shown === undefined) {
      const { total, torrents } = this.#list(service);
      this.#shown = torrents.map(({ infoHash }) => infoHash);
      this.#total = total;
    }
    const torrents = this.#shown.flatMap((infoHash) => service.torrents.get(infoHash) ?? []);
    return {
      revision: service.revision,
      total: this.#total,
      offset: this.#range.offset,
      rows: torrents.map((torrent) => toRow(torrent, this.#fields)),
    };
  }

  /** What changed of what is in sight; undefined when nothing did. */
  update(service: Service, batch: ChangeBatch): DeltaEvent | undefined {
    return this.#isMoved(batch) ? this.#afterMove(service, batch) : this.#inPlace(service, batch);
  }

  #isMoved({ added, removed, changed }: ChangeBatch): boolean {
    if (added.length > 0 || removed.length > 0) return true;
    for (const fields of changed.values()) for (const field of fields) if (this.#decisive.has(field)) return true;
    return false;
  }

  #afterMove(service: Service, batch: ChangeBatch): DeltaEvent | undefined {
    const { revision, total, torrents } = this.#list(service);
    const order = torrents.map(({ infoHash }) => infoHash);
    // What a batch calls new may be in sight already, as it was before the batch: what changed since then is in no list.
    const added: ReadonlySet<string> = new Set(batch.added);
    const shown = this.#shown ?? [];
    const before = new Set(shown.filter((infoHash) => !added.has(infoHash)));
    const isSameOrder = order.length === shown.length && order.every((hash, index) => hash === shown[index]);
    const rows = torrents.flatMap((torrent) =>
      before.has(torrent.infoHash) ? this.#rowDelta(torrent, batch) : [{ ...toRow(torrent, this.#fields) }],
    );
    const isSame = isSameOrder && rows.length === 0 && total === this.#total;
    this.#shown = order;
    this.#total = total;
    if (isSame) return undefined;
    return { revision, total, ...(isSameOrder ? {} : { order }), rows };
  }

  #inPlace(service: Service, batch: ChangeBatch): DeltaEvent | undefined {
    const rows = (this.#shown ?? []).flatMap((infoHash) => {
      if (!hasChanged(batch, infoHash)) return [];
      const torrent = service.torrents.get(infoHash);
      return torrent === undefined ? [] : this.#rowDelta(torrent, batch);
    });
    return rows.length === 0 ? undefined : { revision: batch.revision, total: this.#total, rows };
  }

  /** One row, or none when what changed is not shown. */
  #rowDelta(torrent: TorrentView, batch: ChangeBatch): RowDelta[] {
    const changed = batch.changed.get(torrent.infoHash);
    if (changed === undefined) return [];
    const chosen = this.#fields;
    const fields = [...changed].filter(
      (field) => field !== "revision" && (chosen === undefined || chosen.includes(field)),
    );
    if (fields.length === 0) return [];
    const values = Object.fromEntries(fields.map((field) => [field, torrent[field] ?? null]));
    return [{ infoHash: torrent.infoHash, ...values }];
  }

  #list(service: Service): TorrentPage {
    return service.torrents.list({ filter: this.#filter, ...this.#order, ...this.#range });
  }
}

/** Keys of the map are branded; those of a viewport are text. */
function hasChanged({ changed }: ChangeBatch, infoHash: string): boolean {
  const keys: ReadonlyMap<string, unknown> = changed;
  return keys.has(infoHash);
}

const BY_KIND: Readonly<Record<string, readonly Field[]>> = {
  active: ["downRate", "upRate"],
  inactive: ["downRate", "upRate"],
  running: ["intent", "state"],
  stopped: ["intent", "state"],
  complete: ["isComplete"],
  incomplete: ["isComplete"],
  stalled: ["isStalled"],
  error: ["problem", "state"],
};

function listDecisive(filter: TorrentFilter): Field[] {
  const fields: Field[] = (filter.is ?? []).flatMap((kind) => BY_KIND[kind] ?? []);
  if (filter.states !== undefined) fields.push("state");
  if (filter.category !== undefined) fields.push("category");
  if (filter.tags !== undefined) fields.push("tags");
  if (filter.tracker !== undefined) fields.push("tracker");
  if (filter.folder !== undefined) fields.push("folder", "currentFolder");
  if (filter.isPrivate !== undefined) fields.push("isPrivate");
  if (filter.text !== undefined) fields.push("name");
  return fields;
}
