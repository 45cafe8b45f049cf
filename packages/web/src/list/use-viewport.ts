/** Tells the event stream which rows are in sight, and says which torrent stands at a place. */
import type { TorrentFilterQuery, TorrentField, Viewport } from "@torrential/api";
import { useEffect, useMemo } from "react";
import { useLive, useLiveStore } from "../live/use-live.ts";
import type { Row } from "./cell.tsx";

/** Rows beyond the edges, so that slow scrolling shows no gaps. */
const OVERSCAN = 30;
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
export function toWindow({ first, last }: VisibleRange): VisibleRange {
  const begin = Math.max(0, Math.floor((first - OVERSCAN) / STEP) * STEP);
  const end = Math.ceil((Math.max(last, begin + ROWS_MIN) + OVERSCAN) / STEP) * STEP;
  return { first: begin, last: end };
}

export interface ListWish {
  readonly filter: TorrentFilterQuery;
  readonly sort: string;
  readonly fields: readonly TorrentField[];
}

export interface ListRows {
  readonly total: number;
  readonly isCurrent: boolean;
  /** Undefined while its row is on the way. */
  readonly rowAt: (index: number) => Row | undefined;
}

export function useViewport(wish: ListWish, range: VisibleRange): ListRows {
  const store = useLiveStore();
  const view = useLive((state) => state.view);
  const isCurrent = useLive((state) => state.isViewCurrent);
  const viewport = useMemo<Viewport>(() => {
    const limit = Math.min(LIMIT_MAX, range.last - range.first);
    return { ...wish.filter, sort: wish.sort, fields: wish.fields, offset: range.first, limit };
  }, [wish, range]);
  useEffect(() => store.setViewport(viewport), [store, viewport]);
  return useMemo(
    () => ({
      total: view.total,
      isCurrent,
      rowAt: (index) => {
        const infoHash = view.order[index - view.offset];
        const row = infoHash === undefined ? undefined : view.rows.get(infoHash);
        return infoHash === undefined || row === undefined ? undefined : { ...row, infoHash };
      },
    }),
    [view, isCurrent],
  );
}
