/** What a viewport shows, kept up to date by the events of its stream. */
import type { ApiEvent, DeltaEvent, RowDelta, ViewEvent } from "../events.ts";
import type { TorrentRow } from "../torrent.ts";

/** Plain data, replaced with each event; rows that did not change stay the same objects. */
export interface ViewState {
  readonly revision: number;
  readonly total: number;
  readonly offset: number;
  readonly order: readonly string[];
  readonly rows: ReadonlyMap<string, TorrentRow>;
}

export const EMPTY_VIEW: ViewState = { revision: 0, total: 0, offset: 0, order: [], rows: new Map() };

/** The view after `event`; events of other kinds leave it as it is. */
export function applyToView(view: ViewState, event: ApiEvent): ViewState {
  if (event.type === "view") return startView(view, event);
  return event.type === "delta" ? applyDelta(view, event) : view;
}

/** A window that was moved shows most rows again. */
function startView(before: ViewState, { revision, total, offset, rows }: ViewEvent): ViewState {
  return {
    revision,
    total,
    offset,
    order: rows.map((row) => row.infoHash),
    rows: new Map(
      rows.map((row) => {
        const known = before.rows.get(row.infoHash);
        return [row.infoHash, known !== undefined && isSameRow(known, row) ? known : row];
      }),
    ),
  };
}

function isSameRow(a: TorrentRow, b: TorrentRow): boolean {
  const fields = Object.entries(b);
  const before: Readonly<Record<string, unknown>> = { ...a };
  return fields.length === Object.keys(a).length && fields.every(([field, value]) => isSameValue(before[field], value));
}

/** Values of fields are plain data; few are more than a number or a text. */
function isSameValue(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function applyDelta(view: ViewState, delta: DeltaEvent): ViewState {
  const order = delta.order ?? view.order;
  const rows = new Map<string, TorrentRow>();
  const changes = new Map(delta.rows.map((row) => [row.infoHash, row]));
  for (const infoHash of order) {
    const before = view.rows.get(infoHash) ?? { id: 0, infoHash };
    const change = changes.get(infoHash);
    rows.set(infoHash, change === undefined ? before : mergeRow(before, change));
  }
  return { revision: delta.revision, total: delta.total, offset: view.offset, order, rows };
}

function mergeRow(before: TorrentRow, change: RowDelta): TorrentRow {
  const present: Partial<TorrentRow> = Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== null),
  );
  return { ...present, id: change.id ?? before.id, infoHash: before.infoHash };
}
