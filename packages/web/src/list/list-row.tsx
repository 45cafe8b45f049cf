/** One torrent in the list; on narrow screens a card of two lines. */
import { memo } from "react";
import { Progress } from "../ui/progress.tsx";
import { Cell, type CellContext, type Row, shownProgress, StateWords, toneOf } from "./cell.tsx";
import { type ColumnChoice, findColumn } from "./columns.ts";

export interface ListRowProps {
  readonly row: Row | undefined;
  readonly index: number;
  readonly columns: readonly ColumnChoice[];
  readonly isSelected: boolean;
  readonly isCursor: boolean;
  readonly isCard: boolean;
  readonly context: CellContext;
}

export const ListRow: React.MemoExoticComponent<(props: ListRowProps) => React.JSX.Element> = memo(function ListRow({
  row,
  index,
  columns,
  isSelected,
  isCursor,
  isCard,
  context,
}: ListRowProps): React.JSX.Element {
  const look = `${isSelected ? "bg-chosen" : "hover:bg-hover"} ${isCursor ? "outline-2 outline-accent -outline-offset-2" : ""}`;
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
            className={`shrink-0 px-2 truncate tabular-nums ${findColumn(field)?.align === "end" ? "text-end" : ""}`}
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

function Card({ row, context }: { readonly row: Row; readonly context: CellContext }): React.JSX.Element {
  const { t, format } = context;
  const rates = [
    row.downRate !== undefined && row.downRate >= 1 ? `↓ ${format.rate(row.downRate)}` : "",
    row.upRate !== undefined && row.upRate >= 1 ? `↑ ${format.rate(row.upRate)}` : "",
  ];
  return (
    <span role="gridcell" className="flex-1 min-w-0 px-3 flex flex-col gap-1">
      <span className="truncate font-medium">{row.name}</span>
      <Progress share={shownProgress(row)} label={t("field.progress")} tone={toneOf(row)} />
      <span className="flex gap-3 text-sm text-dim truncate">
        <StateWords row={row} t={t} />
        <span className="tabular-nums">{rates.filter((rate) => rate !== "").join("  ")}</span>
        <span>{row.etaMs === undefined ? "" : format.duration(row.etaMs)}</span>
      </span>
    </span>
  );
}
