/** The rows in sight, each at its place in the height of all. Scrolling draws this part of the list alone. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLabelColors } from "../filters/use-labels.ts";
import { useFormat } from "../ui/use-format.ts";
import type { Row } from "./cell.tsx";
import type { ColumnChoice } from "./columns.ts";
import { ListRow } from "./list-row.tsx";
import { isSelected, type Selection } from "./selection.ts";
import { toWindow, type VisibleRange } from "./use-viewport.ts";

const OVERSCAN = 6;
/** Elements are used again for rows that come into sight; so many kinds of them there are at least. */
const SLOTS = 32;

export interface RowsProps {
  readonly total: number;
  readonly rowPx: number;
  /** Scrolls. */
  readonly grid: HTMLElement | null;
  readonly columns: readonly ColumnChoice[];
  /** Info-hash of the torrent in the details. */
  readonly shown: string | undefined;
  readonly selection: Selection;
  readonly rowAt: (index: number) => Row | undefined;
  readonly isCard: boolean;
  readonly onRange: (range: VisibleRange) => void;
  /** Set to what brings a row into sight. */
  readonly scrollTo: React.RefObject<(index: number) => void>;
}

export function Rows(props: RowsProps): React.JSX.Element {
  const { total, rowPx, grid, columns, shown, selection, rowAt, isCard, onRange, scrollTo } = props;
  const context = useCellContext();
  const [range, setRange] = useState<VisibleRange>(() => toWindow({ first: 0, last: 0 }));
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => grid,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    useFlushSync: false,
    onChange: ({ range: seen }) => {
      if (seen === null) return;
      const next = toWindow({ first: seen.startIndex, last: seen.endIndex });
      setRange((before) => (before.first === next.first && before.last === next.last ? before : next));
    },
  });
  useEffect(() => virtual.measure(), [virtual, rowPx]);
  useEffect(() => onRange(range), [onRange, range]);
  useEffect(() => {
    scrollTo.current = virtual.scrollToIndex;
  }, [scrollTo, virtual]);
  const items = virtual.getVirtualItems();
  const slots = Math.ceil((items.length + 1) / SLOTS) * SLOTS;
  const width = isCard ? "100%" : widthOf(columns);
  return (
    <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize(), width, minWidth: "100%" }}>
      {items.map(({ index, start, size }) => {
        const row = rowAt(index);
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
