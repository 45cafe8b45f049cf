/**
 * The list: a grid of any number of torrents, of which the page holds what is in sight. Rows are chosen as in a file
 * manager, by pointer, touch (a long press begins a selection) and keyboard.
 */
import { ContextMenu } from "@base-ui/react/context-menu";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { changeTo, useRoute } from "../app/route.ts";
import { useLive, useLiveStore } from "../live/use-live.ts";
import { Notice } from "../ui/notice.tsx";
import { useNarrow } from "../ui/use-narrow.ts";
import { ActionItems } from "./action-menu.tsx";
import { type ColumnChoice, fieldsOf } from "./columns.ts";
import { ListHeader } from "./list-header.tsx";
import { Rows, widthOf } from "./rows.tsx";
import type { Selection } from "./selection.ts";
import { useLongPress } from "./use-long-press.ts";
import { indexOf, isTouch, useListKeys, usePicking } from "./use-picking.ts";
import { type ListWish, rowAt as rowOf, TOP, useViewport } from "./use-viewport.ts";

const ROW_PX = 36;
const CARD_PX = 82;

export interface TorrentListProps {
  readonly selection: Selection;
  readonly onSelection: (selection: Selection) => void;
  readonly columns: readonly ColumnChoice[];
  readonly onColumns: (columns: readonly ColumnChoice[]) => void;
  readonly onRemove: () => void;
  readonly onAdd: () => void;
}

export function TorrentList(props: TorrentListProps): React.JSX.Element {
  const { selection, columns, onColumns, onRemove, onAdd } = props;
  const { t } = useTranslation();
  const isCard = useNarrow();
  const [route, go] = useRoute();
  const scrollTo = useRef<(index: number) => void>(() => undefined);
  const wish = useMemo(
    () => ({ filter: route.filter, sort: route.sort, fields: fieldsOf(columns) }),
    [route.filter, route.sort, columns],
  );
  const store = useLiveStore();
  const total = useLive((state) => state.view.total);
  const isCurrent = useLive((state) => state.isViewCurrent);
  // Asked for when a row is clicked: the list is not drawn again for each row that changes.
  const rowAt = useCallback((index: number) => rowOf(store.getState().view, index), [store]);
  const rowPx = isCard ? CARD_PX : ROW_PX;
  const [grid, setGrid] = useState<HTMLDivElement | null>(null);
  const stretched = useStretched(columns, grid);
  const pick = usePicking({ ...props, rowAt, route });
  const isLoaded = useLive((state) => state.counts !== undefined);

  const pageRows = Math.floor((grid?.clientHeight ?? 0) / rowPx);
  const handleKey = useListKeys({ ...props, total, rowAt, pick, pageRows, scrollTo });
  const longPress = useLongPress((index) => pick.toggle(index));
  if (isLoaded && total === 0 && isCurrent) return <EmptyList wish={wish} onAdd={onAdd} />;
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger
        {...TOUCH}
        render={
          <div
            ref={setGrid}
            role="grid"
            aria-label={t("list.name")}
            aria-rowcount={total + 1}
            aria-colcount={columns.length}
            aria-multiselectable="true"
            aria-busy={!isCurrent}
            aria-activedescendant={selection.cursor < 0 ? undefined : `torrent-${selection.cursor}`}
            tabIndex={0}
            className="h-full overflow-auto bg-page select-none outline-offset-[-2px]"
            onKeyDown={handleKey}
            onClick={(event) => pick.click(event)}
            onDoubleClick={(event) => go({ torrent: rowAt(indexOf(event))?.infoHash })}
            onContextMenu={(event) => pick.context(event)}
            {...longPress}
          />
        }
      >
        {!isCard && (
          <div className="sticky top-0 z-10 w-max min-w-full" style={{ width: widthOf(stretched) }}>
            <ListHeader columns={stretched} sort={route.sort} onSort={(sort) => go({ sort })} onColumns={onColumns} />
          </div>
        )}
        <Rows {...{ wish, rowPx, grid, selection, isCard, scrollTo }} columns={stretched} shown={route.torrent} />
      </ContextMenu.Trigger>
      <RowMenu selection={selection} total={total} onRemove={onRemove} />
    </ContextMenu.Root>
  );
}

/** A long press chooses, and opens no menu: what can be done then stands in the tool bar. */
const TOUCH: Pick<React.ComponentProps<typeof ContextMenu.Trigger>, "onTouchStart" | "onContextMenu"> = {
  onTouchStart: (event) => event.preventBaseUIHandler(),
  onContextMenu: (event) => {
    if (!isTouch(event)) return;
    event.preventDefault();
    event.preventBaseUIHandler();
  },
};

type RowMenuProps = Omit<React.ComponentProps<typeof ActionItems>, "parts">;

function RowMenu(props: RowMenuProps): React.JSX.Element {
  return (
    <ContextMenu.Portal>
      <ContextMenu.Positioner className="z-50">
        <ContextMenu.Popup className="menu">
          <ActionItems {...props} parts={ContextMenu} />
        </ContextMenu.Popup>
      </ContextMenu.Positioner>
    </ContextMenu.Portal>
  );
}

interface EmptyListProps {
  readonly wish: ListWish;
  readonly onAdd: () => void;
}

function EmptyList({ wish, onAdd }: EmptyListProps): React.JSX.Element {
  const { t } = useTranslation();
  useViewport(wish, TOP);
  const [route, go] = useRoute();
  const isFiltered = Object.keys(route.filter).length > 0;
  if (isFiltered) {
    const clear = { label: t("filter.clear"), run: () => go(changeTo(`sort=${encodeURIComponent(route.sort)}`)) };
    return <Notice title={t("list.nothingFound")} text={t("list.nothingFoundHint")} action={clear} />;
  }
  return <Notice title={t("list.empty")} text={t("list.emptyHint")} action={{ label: t("add.title"), run: onAdd }} />;
}

/** Columns as wide as they are drawn: what is left of the width goes to the names. */
function useStretched(columns: readonly ColumnChoice[], element: HTMLElement | null): readonly ColumnChoice[] {
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    if (element === null) return undefined;
    const resized = new ResizeObserver(() => setWidthPx(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, [element]);
  const left = widthPx - widthOf(columns);
  return useMemo(
    () => columns.map((each) => (left > 0 && each.field === "name" ? { ...each, widthPx: each.widthPx + left } : each)),
    [columns, left],
  );
}
