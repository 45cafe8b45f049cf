/** The rows in sight, each at its place in the height of all. Scrolling draws this part of the list alone. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLabelColors } from "../filters/use-labels.ts";
import { useLive } from "../live/use-live.ts";
import { useFormat } from "../ui/use-format.ts";
import type { ColumnChoice } from "./columns.ts";
import { ListRow } from "./list-row.tsx";
import { isSelected, type Selection } from "./selection.ts";
import { type ListWish, rowAt, TOP, toWindow, useViewport, type VisibleRange } from "./use-viewport.ts";

const OVERSCAN = 6;
/** Elements are used again for rows that come into sight; so many kinds of them there are at least. */
const SLOTS = 32;

export interface RowsProps {
  readonly wish: ListWish;
  readonly rowPx: number;
  /** Scrolls. */
  readonly grid: HTMLElement | null;
  readonly columns: readonly ColumnChoice[];
  /** Info-hash of the torrent in the details. */
  readonly shown: string | undefined;
  readonly selection: Selection;
  readonly isCard: boolean;
  /** Set to what brings a row into sight. */
  readonly scrollTo: React.RefObject<(index: number) => void>;
}

export const Rows: React.MemoExoticComponent<(props: RowsProps) => React.JSX.Element> = memo(function Rows({
  wish,
  rowPx,
  grid,
  columns,
  shown,
  selection,
  isCard,
  scrollTo,
}: RowsProps): React.JSX.Element {
  const context = useCellContext();
  const view = useLive((state) => state.view);
  const [range, handleSeen] = useWindow();
  useViewport(wish, range);
  const virtual = useVirtualizer({
    count: view.total,
    getScrollElement: () => grid,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    useFlushSync: false,
    onChange: ({ range: seen }) => {
      if (seen !== null) handleSeen({ first: seen.startIndex, last: seen.endIndex });
    },
  });
  useEffect(() => virtual.measure(), [virtual, rowPx]);
  useEffect(() => {
    scrollTo.current = virtual.scrollToIndex;
  }, [scrollTo, virtual]);
  const items = virtual.getVirtualItems();
  const slots = Math.ceil((items.length + 1) / SLOTS) * SLOTS;
  const width = isCard ? "100%" : widthOf(columns);
  return (
    <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize(), width, minWidth: "100%" }}>
      {items.map(({ index, start, size }) => {
        const row = rowAt(view, index);
        return (
          <div
            key={index % slots}
            className="absolute inset-x-0 top-0 contain-strict"
            style={{ transform: `translateY(${start}px)`, height: size }}
          >
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
});

/** The window that is asked for, and what moves it when other rows are in sight. */
function useWindow(): readonly [VisibleRange, (seen: VisibleRange) => void] {
  const [range, setRange] = useState(TOP);
  const firstBefore = useRef(0);
  const handleSeen = (seen: VisibleRange): void => {
    if (seen.first === firstBefore.current && seen.last <= range.last) return;
    const next = toWindow(seen, { isUpwards: seen.first < firstBefore.current });
    firstBefore.current = seen.first;
    setRange((before) => (before.first === next.first && before.last === next.last ? before : next));
  };
  return [range, handleSeen];
}

function useCellContext(): React.ComponentProps<typeof ListRow>["context"] {
  const { t } = useTranslation();
  const format = useFormat();
  const colors = useLabelColors();
  return useMemo(() => ({ t, format, colors }), [t, format, colors]);
}

export function widthOf(columns: readonly ColumnChoice[]): number {
  return columns.reduce((sum, { widthPx }) => sum + widthPx, 0);
}
