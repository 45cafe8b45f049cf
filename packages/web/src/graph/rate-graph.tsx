/** Rates over time, down and up, as areas on one scale that starts at zero; pointing at it says when and how fast. */
import type { RatePoint } from "@torrential/api";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { Canvas, type Pen } from "../ui/canvas.tsx";
import { useFormat } from "../ui/use-format.ts";

const HEIGHT_PX = 160;
const TOP_PX = 18;
const BOTTOM_PX = 18;
const LINES = 4;
/** A scale of nothing would make noise of it. */
const RATE_MIN = 1_000;
const DAY_MS = 86_400_000;

export interface RateGraphProps {
  /** Oldest first, without gaps. */
  readonly points: readonly RatePoint[];
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function RateGraph({ points, label, fromMs, toMs }: RateGraphProps): React.JSX.Element {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const most = niceCeiling(Math.max(RATE_MIN, ...points.map(({ downRate, upRate }) => Math.max(downRate, upRate))));
  const shown = pointed === undefined ? points.at(-1) : nearest(points, fromMs + pointed * (toMs - fromMs));
  const draw = useCallback(
    (pen: Pen) => {
      const { context, widthPx, heightPx, color } = pen;
      const floor = heightPx - BOTTOM_PX;
      const y = (rate: number): number => floor - (rate / most) * (floor - TOP_PX);
      const x = (atMs: number): number => ((atMs - fromMs) / (toMs - fromMs)) * widthPx;
      drawScale(pen, { y, most, name: (rate) => format.rate(rate) });
      drawTimes(pen, { fromMs, toMs, language: i18n.language });
      const line = (rateOf: (point: RatePoint) => number): readonly (readonly [number, number])[] =>
        points.map((point) => [x(point.atMs), y(rateOf(point))]);
      const down = line(({ downRate }) => downRate);
      const up = line(({ upRate }) => upRate);
      drawArea(context, down, { color: color("down"), floor });
      drawArea(context, up, { color: color("up"), floor });
      if (pointed === undefined) return;
      context.strokeStyle = color("dim");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(Math.round(pointed * widthPx) + 0.5, TOP_PX);
      context.lineTo(Math.round(pointed * widthPx) + 0.5, floor);
      context.stroke();
    },
    [points, most, format, fromMs, toMs, pointed, i18n.language],
  );
  return (
    <figure
      className="flex flex-col gap-1"
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        setPointed(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
      }}
      onPointerLeave={() => setPointed(undefined)}
    >
      <Canvas heightPx={HEIGHT_PX} label={label} draw={draw} />
      <figcaption className="flex flex-wrap gap-x-4 text-sm tabular-nums">
        <span className="text-down">{`↓ ${t("field.downRate")} ${format.rate(shown?.downRate ?? 0) || "0"}`}</span>
        <span className="text-up">{`↑ ${t("field.upRate")} ${format.rate(shown?.upRate ?? 0) || "0"}`}</span>
        {pointed !== undefined && shown !== undefined && (
          <span className="text-dim">
            {toMs - fromMs < DAY_MS ? format.time(shown.atMs) : format.dateTime(shown.atMs)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}

/** One, two or five times a power of ten. */
function niceCeiling(rate: number): number {
  const power = 10 ** Math.floor(Math.log10(rate));
  return ([1, 2, 5, 10].find((step) => step * power >= rate) ?? 10) * power;
}

function nearest(points: readonly RatePoint[], atMs: number): RatePoint | undefined {
  let best: RatePoint | undefined;
  for (const point of points) {
    if (best === undefined || Math.abs(point.atMs - atMs) < Math.abs(best.atMs - atMs)) best = point;
  }
  return best;
}

interface Scale {
  readonly y: (rate: number) => number;
  readonly most: number;
  readonly name: (rate: number) => string;
}

function drawScale({ context, widthPx, color }: Pen, { y, most, name }: Scale): void {
  context.font = "11px sans-serif";
  context.lineWidth = 1;
  context.textAlign = "start";
  for (let line = 0; line <= LINES; line++) {
    const rate = (most * line) / LINES;
    const at = Math.round(y(rate)) + 0.5;
    context.strokeStyle = color("line");
    context.beginPath();
    context.moveTo(0, at);
    context.lineTo(widthPx, at);
    context.stroke();
    context.fillStyle = color("dim");
    if (line > 0 && line % 2 === 0) context.fillText(name(rate), 2, at - 4);
  }
}

interface Times {
  readonly fromMs: number;
  readonly toMs: number;
  readonly language: string;
}

/** At the ends and in the middle. */
function drawTimes({ context, widthPx, heightPx, color }: Pen, { fromMs, toMs, language }: Times): void {
  const options: Intl.DateTimeFormatOptions =
    toMs - fromMs > DAY_MS ? { dateStyle: "medium" } : { timeStyle: toMs - fromMs > DAY_MS / 12 ? "short" : "medium" };
  const name = new Intl.DateTimeFormat(language, options);
  context.fillStyle = color("dim");
  for (const [align, share] of [
    ["left", 0],
    ["center", 0.5],
    ["right", 1],
  ] as const) {
    context.textAlign = align;
    context.fillText(name.format(fromMs + share * (toMs - fromMs)), share * widthPx, heightPx - 4);
  }
}

interface AreaLook {
  readonly color: string;
  readonly floor: number;
}

function drawArea(
  context: CanvasRenderingContext2D,
  line: readonly (readonly [x: number, y: number])[],
  { color, floor }: AreaLook,
): void {
  const [first] = line;
  const last = line.at(-1);
  if (first === undefined || last === undefined) return;
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
  context.lineTo(last[0], floor);
  context.lineTo(first[0], floor);
  context.globalAlpha = 0.15;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
}
