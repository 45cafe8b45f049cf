/** Choosing rows by pointer and keyboard, and where the keyboard is. */
import { useCallback } from "react";
import { useRoute } from "../app/route.ts";
import { client } from "../live/client.ts";
import { isSelected, type Place, selectAll, type Selection, selectOne, selectRange, toggleOne } from "./selection.ts";

interface SelectionState {
  readonly selection: Selection;
  readonly onSelection: (selection: Selection) => void;
}

type KeysOptions = SelectionState & { readonly onRemove: () => void } & {
  readonly total: number;
  readonly rowAt: (index: number) => { readonly infoHash: string } | undefined;
  readonly pick: Picking;
  /** Rows that fit. */
  readonly pageRows: number;
  readonly scrollTo: React.RefObject<(index: number) => void>;
};

/** Arrows, pages, ends, space, Ctrl A, Enter and Delete, as in a file manager. */
export function useListKeys(options: KeysOptions): (event: React.KeyboardEvent) => void {
  const { selection, onSelection, onRemove, total, rowAt, pick, pageRows, scrollTo } = options;
  const [, go] = useRoute();
  const moveCursor = (to: number, isRange: boolean): void => {
    const index = Math.min(total - 1, Math.max(0, to));
    scrollTo.current(index);
    if (isRange) pick.range(index);
    else pick.one(index);
  };
  return (event) => {
    const page = Math.max(1, pageRows - 2);
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) moveCursor(selection.cursor + step, event.shiftKey);
    else if (event.key === "Home") moveCursor(0, event.shiftKey);
    else if (event.key === "End") moveCursor(total - 1, event.shiftKey);
    else if (event.key === " ") pick.toggle(selection.cursor);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) onSelection(selectAll(selection));
    else if (event.key === "Enter") go({ torrent: rowAt(selection.cursor)?.infoHash });
    else if (event.key === "Delete") onRemove();
    else return;
    event.preventDefault();
  };
}

/** The place in the list that an event is at; -1 for none. */
export function indexOf(event: { readonly target: EventTarget }): number {
  const row = event.target instanceof Element ? event.target.closest("[data-index]") : null;
  return row instanceof HTMLElement ? Number(row.dataset["index"]) : -1;
}

export function isTouch({ nativeEvent }: React.MouseEvent): boolean {
  return nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch";
}

export interface Picking {
  readonly one: (index: number) => void;
  readonly toggle: (index: number) => void;
  readonly range: (index: number) => void;
  readonly click: (event: React.MouseEvent) => void;
  readonly context: (event: React.MouseEvent) => void;
}

type PickingOptions = SelectionState & {
  readonly rowAt: (index: number) => { readonly infoHash: string } | undefined;
  readonly route: ReturnType<typeof useRoute>[0];
};

export function usePicking({ selection, onSelection, rowAt, route }: PickingOptions): Picking {
  const [, go] = useRoute();
  const placeAt = useCallback(
    (index: number): Place | undefined => {
      const row = rowAt(index);
      return row === undefined ? undefined : { index, infoHash: row.infoHash };
    },
    [rowAt],
  );
  const one = (index: number): void => {
    const place = placeAt(index);
    onSelection(place === undefined ? { ...selection, cursor: index } : selectOne(place));
    if (place !== undefined && route.torrent !== undefined) go({ torrent: place.infoHash });
  };
  const toggle = (index: number): void => {
    const place = placeAt(index);
    if (place !== undefined) onSelection(toggleOne(selection, place));
  };
  /** Torrents between may be out of sight: the daemon names them. */
  const range = (index: number): void => {
    const anchor = selection.anchor < 0 ? index : selection.anchor;
    const [offset, last] = [Math.min(anchor, index), Math.max(anchor, index)];
    const query = { ...route.filter, sort: route.sort, offset, limit: last - offset + 1, fields: ["id" as const] };
    client.call("listTorrents", { query }).then(
      ({ torrents }) =>
        onSelection(
          selectRange(
            selection,
            index,
            torrents.map(({ infoHash }) => infoHash),
          ),
        ),
      () => onSelection({ ...selection, cursor: index }),
    );
  };
  /** A finger has no second click: it opens, or goes on choosing once a long press began that. */
  const tap = (index: number): void => {
    const place = placeAt(index);
    if (place === undefined) return;
    if (selection.isAll || selection.hashes.size > 0) onSelection(toggleOne(selection, place));
    else go({ torrent: place.infoHash });
  };
  return {
    one,
    toggle,
    range,
    click: (event) => {
      const index = indexOf(event);
      if (index < 0) return;
      if (event.shiftKey) range(index);
      else if (event.ctrlKey || event.metaKey) toggle(index);
      else if (isTouch(event)) tap(index);
      else one(index);
    },
    context: (event) => {
      const place = placeAt(indexOf(event));
      if (place !== undefined && !isSelected(selection, place.infoHash)) onSelection(selectOne(place));
    },
  };
}
