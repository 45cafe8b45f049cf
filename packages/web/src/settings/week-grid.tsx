/** A week that one paints: drag over hours to switch them on or off, or walk with the arrow keys and press space. */
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { DAYS, HOURS, readSpans, toSpans, toWeek, type Week } from "./week.ts";

export interface WeekGridProps {
  readonly label: string;
  readonly value: unknown;
  readonly isFixed: boolean;
  readonly onSave: (value: unknown) => void;
}

export function WeekGrid({ label, value, isFixed, onSave }: WeekGridProps): React.JSX.Element {
  const { i18n } = useTranslation();
  const [week, setWeek] = useState<Week>(() => toWeek(readSpans(value)));
  const [cursor, setCursor] = useState<Cursor>({ day: 0, hour: 0 });
  const grid = useRef<HTMLTableElement>(null);
  const painting = useRef<boolean | undefined>(undefined);
  const stored = JSON.stringify(value);
  useEffect(() => setWeek(toWeek(readSpans(JSON.parse(stored ?? "[]")))), [stored]);
  const dayName = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  // 2024-01-01 was a Monday.
  const names = DAYS.map((_, day) => dayName.format(Date.UTC(2024, 0, 1 + day)));

  const paint = (day: number, hour: number, isOn: boolean): Week => {
    const next = week.map((row, d) => (d === day ? row.map((cell, h) => (h === hour ? isOn : cell)) : row));
    setWeek(next);
    return next;
  };
  const end = (): void => {
    if (painting.current === undefined) return;
    painting.current = undefined;
    onSave(toSpans(week));
  };
  const walk = useWalk(grid, cursor, setCursor);
  return (
    <div className="relative overflow-x-auto">
      <table
        ref={grid}
        role="grid"
        aria-label={label}
        className="border-collapse"
        onKeyDown={walk}
        onPointerUp={end}
        onPointerLeave={end}
      >
        <thead>
          <tr>
            <td />
            {Array.from({ length: HOURS }, (_, hour) => (
              <th key={hour} scope="col" className="text-xs text-dim font-normal w-6">
                {hour % 3 === 0 ? hour : <span className="sr-only">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {week.map((row, day) => (
            <DayRow
              key={DAYS[day]}
              name={names[day] ?? ""}
              day={day}
              hours={row}
              cursorHour={cursor.day === day ? cursor.hour : undefined}
              isFixed={isFixed}
              onPress={(hour) => {
                painting.current = row[hour] !== true;
                paint(day, hour, painting.current);
              }}
              onEnter={(hour) => {
                if (painting.current !== undefined) paint(day, hour, painting.current);
              }}
              onFocus={(hour) => setCursor({ day, hour })}
              onToggle={(hour) => onSave(toSpans(paint(day, hour, row[hour] !== true)))}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Cursor {
  readonly day: number;
  readonly hour: number;
}

/** Arrow keys go from hour to hour, around the ends. */
function useWalk(
  grid: React.RefObject<HTMLTableElement | null>,
  cursor: Cursor,
  setCursor: (cursor: Cursor) => void,
): (event: React.KeyboardEvent) => void {
  return (event) => {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const day = (cursor.day + step[0] + DAYS.length) % DAYS.length;
    const hour = (cursor.hour + step[1] + HOURS) % HOURS;
    setCursor({ day, hour });
    grid.current?.querySelector<HTMLElement>(`[data-cell="${day}-${hour}"]`)?.focus();
  };
}

interface DayRowProps {
  readonly name: string;
  readonly day: number;
  readonly hours: readonly boolean[];
  /** Where the keyboard is, if on this day. */
  readonly cursorHour: number | undefined;
  readonly isFixed: boolean;
  readonly onPress: (hour: number) => void;
  readonly onEnter: (hour: number) => void;
  readonly onFocus: (hour: number) => void;
  readonly onToggle: (hour: number) => void;
}

function DayRow(props: DayRowProps): React.JSX.Element {
  const { name, day, hours, cursorHour, isFixed, onPress, onEnter, onFocus, onToggle } = props;
  const { t } = useTranslation();
  return (
    <tr>
      <th scope="row" className="pe-2 text-sm text-dim font-normal text-start">
        {name}
      </th>
      {hours.map((isOn, hour) => (
        <td key={hour} role="gridcell" className="p-0">
          <button
            type="button"
            data-cell={`${day}-${hour}`}
            tabIndex={cursorHour === hour ? 0 : -1}
            aria-pressed={isOn}
            aria-label={t("week.cell", { day: name, hour })}
            disabled={isFixed}
            className={`block w-6 h-6 border border-line ${isOn ? "bg-accent" : "bg-panel"}`}
            onPointerDown={(event) => {
              event.currentTarget.releasePointerCapture(event.pointerId);
              onPress(hour);
            }}
            onPointerEnter={() => onEnter(hour)}
            onFocus={() => onFocus(hour)}
            onKeyDown={(event) => {
              if (event.key !== " " && event.key !== "Enter") return;
              event.preventDefault();
              onToggle(hour);
            }}
          />
        </td>
      ))}
    </tr>
  );
}
