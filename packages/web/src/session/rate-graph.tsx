/** Rates over time, down and up, as lines on one scale that starts at zero. */
import type { RatePoint } from "@torrential/api";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Canvas, type Pen } from "../ui/canvas.tsx";
import { useFormat } from "../ui/use-format.ts";

const HEIGHT_PX = 140;
const TOP_PX = 16;
const LINES = 3;
/** A scale of nothing would make noise of it. */
const RATE_MIN = 1_000;

export function RateGraph({
  points,
  label,
}: {
  readonly points: readonly RatePoint[];
  readonly label: string;
}): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(RATE_MIN, ...points.map(({ downRate, upRate }) => Math.max(downRate, upRate)));
  const last = points.at(-1);
  const draw = useCallback(
    ({ context, widthPx, heightPx, color }: Pen) => {
      const y = (rate: number): number => heightPx - 1 - (rate / most) * (heightPx - TOP_PX);
      context.font = "11px sans-serif";
      context.lineWidth = 1;
      for (let line = 0; line <= LINES; line++) {
        const rate = (most * line) / LINES;
        context.strokeStyle = color("line");
        context.beginPath();
        context.moveTo(0, Math.round(y(rate)) + 0.5);
        context.lineTo(widthPx, Math.round(y(rate)) + 0.5);
        context.stroke();
        context.fillStyle = color("dim");
        if (line > 0) context.fillText(format.rate(rate), 4, y(rate) - 3);
      }
      drawLine(
        context,
        points.map(({ downRate }) => y(downRate)),
        { color: color("down"), widthPx },
      );
      drawLine(
        context,
        points.map(({ upRate }) => y(upRate)),
        { color: color("up"), widthPx },
      );
    },
    [points, most, format],
  );
  return (
    <figure className="flex flex-col gap-1">
      <Canvas heightPx={HEIGHT_PX} label={label} draw={draw} />
      <figcaption className="flex gap-4 text-sm">
        <span className="text-down">{`↓ ${t("field.downRate")} ${format.rate(last?.downRate ?? 0)}`}</span>
        <span className="text-up">{`↑ ${t("field.upRate")} ${format.rate(last?.upRate ?? 0)}`}</span>
      </figcaption>
    </figure>
  );
}

function drawLine(
  context: CanvasRenderingContext2D,
  ys: readonly number[],
  { color, widthPx }: { readonly color: string; readonly widthPx: number },
): void {
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [index, y] of ys.entries()) context.lineTo((index / Math.max(1, ys.length - 1)) * widthPx, y);
  context.stroke();
}
