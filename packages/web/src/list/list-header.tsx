/** The head of the list: click to sort, drag to reorder, drag the edge or use the arrow keys there to resize. */
import type { TorrentField } from "@torrential/api";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icon.tsx";
import { type ColumnChoice, findColumn, moveColumn, resizeColumn } from "./columns.ts";

const RESIZE_STEP_PX = 16;

export interface ListHeaderProps {
  readonly columns: readonly ColumnChoice[];
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly onColumns: (columns: readonly ColumnChoice[]) => void;
}

export function ListHeader({ columns, sort, onSort, onColumns }: ListHeaderProps): React.JSX.Element {
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="flex h-9 border-b border-line bg-panel text-dim text-[0.8125rem] font-medium"
    >
      {columns.map((choice, index) => (
        <HeaderCell
          key={choice.field}
          choice={choice}
          index={index}
          sort={sort}
          onSort={onSort}
          onMove={(field) => onColumns(moveColumn(columns, { field, before: choice.field }))}
          onResize={(widthPx) => onColumns(resizeColumn(columns, { field: choice.field, widthPx }))}
        />
      ))}
    </div>
  );
}

interface HeaderCellProps {
  readonly choice: ColumnChoice;
  readonly index: number;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly onMove: (dragged: TorrentField) => void;
  readonly onResize: (widthPx: number) => void;
}

function HeaderCell({ choice, index, sort, onSort, onMove, onResize }: HeaderCellProps): React.JSX.Element {
  const { t } = useTranslation();
  const { field, widthPx } = choice;
  const direction = sort === field ? "ascending" : sort === `-${field}` ? "descending" : "none";
  const align = findColumn(field)?.align === "end" ? "justify-end" : "justify-start";
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={direction}
      className="relative shrink-0"
      style={{ width: widthPx }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const dragged = findColumn(event.dataTransfer.getData("text/x-column"));
        if (dragged === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        onMove(dragged.field);
      }}
    >
      <button
        type="button"
        draggable
        className={`w-full h-full px-2 flex items-center gap-1 truncate ${align}`}
        onDragStart={(event) => event.dataTransfer.setData("text/x-column", field)}
        onClick={() => onSort(direction === "ascending" ? `-${field}` : field)}
      >
        <span className="truncate">{t(`field.${field}`)}</span>
        {direction !== "none" && <Icon name={direction === "ascending" ? "up1" : "down1"} size={14} />}
      </button>
      <ResizeEdge widthPx={widthPx} label={t("list.resize", { column: t(`field.${field}`) })} onResize={onResize} />
    </div>
  );
}

interface ResizeEdgeProps {
  readonly widthPx: number;
  readonly label: string;
  readonly onResize: (widthPx: number) => void;
}

function ResizeEdge({ widthPx, label, onResize }: ResizeEdgeProps): React.JSX.Element {
  const start = useRef<{ readonly x: number; readonly widthPx: number } | undefined>(undefined);
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={widthPx}
      tabIndex={0}
      className="absolute inset-y-0 end-0 w-2 cursor-col-resize hover:bg-accent/40"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, widthPx };
      }}
      onPointerMove={(event) => {
        if (start.current === undefined) return;
        const sign = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
        onResize(start.current.widthPx + sign * (event.clientX - start.current.x));
      }}
      onPointerUp={() => {
        start.current = undefined;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") onResize(widthPx - RESIZE_STEP_PX);
        else if (event.key === "ArrowRight") onResize(widthPx + RESIZE_STEP_PX);
      }}
    />
  );
}
