/** One torrent in the list; on narrow screens a card of two lines. */
import { memo } from "react";
import { Cell, type CellContext, type Row, ProgressCell, shownSize, StateWords } from "./cell.tsx";
import { type ColumnChoice, findColumn } from "./columns.ts";

export interface ListRowProps {
  readonly row: Row | undefined;
  readonly index: number;
  readonly columns: readonly ColumnChoice[];
  readonly isSelected: boolean;
  readonly isCursor: boolean;
  /** Its details are open. */
  readonly isShown: boolean;
  readonly isCard: boolean;
  readonly context: CellContext;
}

export const ListRow: React.MemoExoticComponent<(props: ListRowProps) => React.JSX.Element> = memo(function ListRow({
  row,
  index,
  columns,
  isSelected,
  isCursor,
  isShown,
  isCard,
  context,
}: ListRowProps): React.JSX.Element {
  const look = `${isSelected ? "bg-chosen" : "hover:bg-hover"} ${isShown ? "shadow-[inset_3px_0_0_var(--accent)]" : ""} ${isCursor ? "outline-2 outline-accent -outline-offset-2" : ""}`;
  return (
    <div
      role="row"
      id={`torrent-${index}`}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      className={`h-full flex items-center border-b border-line ${look}`}
    >
      {row === undefined ? (
        <span role="gridcell" className="h-3 mx-2 flex-1 rounded bg-line/60" />
      ) : isCard ? (
        <Card row={row} context={context} />
      ) : (
        columns.map(({ field, widthPx }, column) => (
          <span
            key={field}
            role="gridcell"
            aria-colindex={column + 1}
            className={`shrink-0 px-2 whitespace-nowrap tabular-nums ${lookOf(field, widthPx)}`}
            style={{ width: widthPx }}
            title={field === "name" ? row.name : undefined}
          >
            <Cell row={row} field={field} context={context} />
          </span>
        ))
      )}
    </div>
  );
});

/** Numbers have room in a column of its usual width; what clips costs more to paint while one scrolls. */
function lookOf(field: string, widthPx: number): string {
  const column = findColumn(field);
  if (column === undefined || column.align === "start") return "truncate";
  return widthPx < column.widthPx ? "truncate number" : "number";
}

function Card({ row, context }: { readonly row: Row; readonly context: CellContext }): React.JSX.Element {
  const { t, format } = context;
  const size = shownSize(row);
  const amount =
    size === 0
      ? ""
      : row.isComplete === true
        ? format.bytes(size)
        : t("list.size", { have: format.bytes((row.progress ?? 0) * size), size: format.bytes(size) });
  return (
    <span role="gridcell" className="flex-1 min-w-0 px-3 flex flex-col gap-1">
      <Cell row={row} field="name" context={context} />
      <ProgressCell row={row} context={context} />
      <span className="flex gap-3 text-[0.8125rem] text-dim tabular-nums whitespace-nowrap overflow-hidden">
        <span className={row.problem === undefined ? "" : "truncate"}>
          <StateWords row={row} t={t} />
        </span>
        <span className="truncate">{amount}</span>
        <span className="flex-1" />
        {(row.downRate ?? 0) >= 1 && <span className="text-down">{`↓ ${format.rate(row.downRate ?? 0)}`}</span>}
        {(row.upRate ?? 0) >= 1 && <span className="text-up">{`↑ ${format.rate(row.upRate ?? 0)}`}</span>}
        {row.etaMs !== undefined && <span>{format.duration(row.etaMs)}</span>}
      </span>
    </span>
  );
}
