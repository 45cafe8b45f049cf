/** Tells the event stream which rows are in sight, and says which torrent stands at a place. */
import type { TorrentFilterQuery, TorrentField, Viewport } from "@torrential/api";
import { useEffect, useMemo } from "react";
import { useLive, useLiveStore } from "../live/use-live.ts";
import type { Row } from "./cell.tsx";

/** Rows beyond the edges, so that slow scrolling shows no gaps. */
const OVERSCAN = 30;
/** Windows begin at multiples of this: scrolling a row does not move the window. */
const STEP = 20;

export interface VisibleRange {
  readonly first: number;
  readonly last: number;
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
  const offset = Math.max(0, Math.floor((range.first - OVERSCAN) / STEP) * STEP);
  const limit = Math.ceil((range.last + OVERSCAN - offset) / STEP) * STEP;
  const viewport = useMemo<Viewport>(
    () => ({ ...wish.filter, sort: wish.sort, fields: wish.fields, offset, limit: Math.min(500, limit) }),
    [wish, offset, limit],
  );
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
