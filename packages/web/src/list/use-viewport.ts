/** Tells the event stream which rows are in sight, and says which torrent stands at a place. */
import type { TorrentFilterQuery, TorrentField, ViewState } from "@torrential/api";
import { useEffect } from "react";
import { useLiveStore } from "../live/use-live.ts";
import type { Row } from "./cell.tsx";

/** Rows beyond the edges: more of them where one scrolls to, so that a fling finds them there. */
const OVERSCAN = { ahead: 50, behind: 10 } as const;
/** Windows begin at multiples of this: scrolling a row does not move the window. */
const STEP = 20;

/** What the daemon takes. */
const LIMIT_MAX = 500;
/** A screen of them. */
const ROWS_MIN = 40;

/** `last` is exclusive in a window. */
export interface VisibleRange {
  readonly first: number;
  readonly last: number;
}

/** What to ask for when these rows are in sight: it stays the same while one scrolls a little. */
export function toWindow({ first, last }: VisibleRange, { isUpwards }: { readonly isUpwards: boolean }): VisibleRange {
  const before = isUpwards ? OVERSCAN.ahead : OVERSCAN.behind;
  const after = isUpwards ? OVERSCAN.behind : OVERSCAN.ahead;
  const begin = Math.max(0, Math.floor((first - before) / STEP) * STEP);
  const end = Math.ceil((Math.max(last, begin + ROWS_MIN) + after) / STEP) * STEP;
  return { first: begin, last: end };
}

/** Before anything is in sight. */
export const TOP: VisibleRange = toWindow({ first: 0, last: 0 }, { isUpwards: false });

export interface ListWish {
  readonly filter: TorrentFilterQuery;
  readonly sort: string;
  readonly fields: readonly TorrentField[];
}

export function useViewport(wish: ListWish, { first, last }: VisibleRange): void {
  const store = useLiveStore();
  useEffect(() => {
    const limit = Math.min(LIMIT_MAX, last - first);
    store.setViewport({ ...wish.filter, sort: wish.sort, fields: wish.fields, offset: first, limit });
  }, [store, wish, first, last]);
}

/** Undefined while its row is on the way. */
export function rowAt(view: ViewState, index: number): Row | undefined {
  const infoHash = view.order[index - view.offset];
  return infoHash === undefined ? undefined : view.rows.get(infoHash);
}
