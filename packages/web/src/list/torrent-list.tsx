/**
 * The list: a grid of any number of torrents, of which the page holds what is in sight. Rows are chosen as in a file
 * manager, by pointer, touch (a long press begins a selection) and keyboard.
 */
import { ContextMenu } from "@base-ui/react/context-menu";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { useLabelColors } from "../filters/use-labels.ts";
import { useLive } from "../live/use-live.ts";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";
import { useNarrow } from "../ui/use-narrow.ts";
import { ActionItems } from "./action-menu.tsx";
import { type ColumnChoice, fieldsOf } from "./columns.ts";
import { ListHeader } from "./list-header.tsx";
import { ListRow } from "./list-row.tsx";
import type { Row } from "./cell.tsx";
import { isSelected, type Selection } from "./selection.ts";
import { indexOf, isTouch, useListKeys, usePicking } from "./use-picking.ts";
import { useLongPress } from "./use-long-press.ts";
import { useViewport } from "./use-viewport.ts";

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
  const [range, setRange] = useState({ first: 0, last: 40 });
  const wish = useMemo(
    () => ({ filter: route.filter, sort: route.sort, fields: fieldsOf(columns) }),
    [route.filter, route.sort, columns],
  );
  const { total, isCurrent, rowAt } = useViewport(wish, range);
  const rowPx = isCard ? CARD_PX : ROW_PX;
  const { scroller, takeGrid, stretched } = useGrid(columns);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    onChange: ({ range: seen }) => {
      if (seen !== null) setRange({ first: seen.startIndex, last: seen.endIndex });
    },
  });
  useEffect(() => virtual.measure(), [virtual, rowPx]);
  const pick = usePicking({ ...props, rowAt, route });
  const isLoaded = useLive((state) => state.counts !== undefined);

  const handleKey = useListKeys({ ...props, total, rowAt, pick, scroller, rowPx, scrollTo: virtual.scrollToIndex });
  const longPress = useLongPress((index) => pick.toggle(index));
  if (isLoaded && total === 0 && isCurrent) return <EmptyList onAdd={onAdd} />;
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger
        // A long press chooses; what can be done then stands in the tool bar.
        onTouchStart={(event) => event.preventBaseUIHandler()}
        onContextMenu={(event) => {
          if (!isTouch(event)) return;
          event.preventDefault();
          event.preventBaseUIHandler();
        }}
        render={
          <div
            ref={takeGrid}
            role="grid"
            aria-label={t("list.name")}
            aria-rowcount={total + 1}
            aria-colcount={columns.length}
            aria-multiselectable="true"
            aria-busy={!isCurrent}
            aria-activedescendant={selection.cursor < 0 ? undefined : `torrent-${selection.cursor}`}
            tabIndex={0}
            className="h-full overflow-auto select-none outline-offset-[-2px]"
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
        <Rows
          columns={stretched}
          shown={route.torrent}
          selection={selection}
          rowAt={rowAt}
          virtual={virtual}
          isCard={isCard}
        />
      </ContextMenu.Trigger>
      <RowMenu selection={selection} total={total} onRemove={onRemove} />
    </ContextMenu.Root>
  );
}

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

function EmptyList({ onAdd }: { readonly onAdd: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [route] = useRoute();
  const isFiltered = Object.keys(route.filter).length > 0;
  if (isFiltered) return <Notice title={t("list.nothingFound")} text={t("list.nothingFoundHint")} />;
  return <Notice title={t("list.empty")} text={t("list.emptyHint")} action={{ label: t("add.title"), run: onAdd }} />;
}

interface RowsProps {
  readonly shown: string | undefined;
  readonly columns: readonly ColumnChoice[];
  readonly selection: Selection;
  readonly rowAt: (index: number) => Row | undefined;
  readonly virtual: Virtualizer<HTMLDivElement, Element>;
  readonly isCard: boolean;
}

/** The rows in sight, each at its place in the height of all. */
function Rows({ columns, shown, selection, rowAt, virtual, isCard }: RowsProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const colors = useLabelColors();
  const context = useMemo(() => ({ t, format, colors }), [t, format, colors]);
  const width = isCard ? "100%" : widthOf(columns);
  return (
    <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize(), width, minWidth: "100%" }}>
      {virtual.getVirtualItems().map(({ index, start, size }) => {
        const row = rowAt(index);
        return (
          <div key={index} className="absolute inset-x-0" style={{ top: start, height: size }}>
            <ListRow
              row={row}
              index={index}
              columns={columns}
              isSelected={row !== undefined && isSelected(selection, row.infoHash)}
              isShown={row !== undefined && row.infoHash === shown}
              isCursor={index === selection.cursor}
              isCard={isCard}
              context={context}
            />
          </div>
        );
      })}
    </div>
  );
}

interface Grid {
  readonly scroller: React.RefObject<HTMLDivElement | null>;
  /** The grid's `ref`. */
  readonly takeGrid: (element: HTMLDivElement | null) => void;
  /** Columns as wide as they are drawn: what is left of the width goes to the names. */
  readonly stretched: readonly ColumnChoice[];
}

function useGrid(columns: readonly ColumnChoice[]): Grid {
  const scroller = useRef<HTMLDivElement>(null);
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const takeGrid = useCallback((next: HTMLDivElement | null) => {
    scroller.current = next;
    setElement(next);
  }, []);
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    if (element === null) return undefined;
    const resized = new ResizeObserver(() => setWidthPx(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, [element]);
  const left = widthPx - widthOf(columns);
  const stretched = useMemo(
    () => columns.map((each) => (left > 0 && each.field === "name" ? { ...each, widthPx: each.widthPx + left } : each)),
    [columns, left],
  );
  return { scroller, takeGrid, stretched };
}

function widthOf(columns: readonly ColumnChoice[]): number {
  return columns.reduce((sum, { widthPx }) => sum + widthPx, 0);
}
