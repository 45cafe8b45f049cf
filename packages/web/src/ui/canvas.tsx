/** A canvas that is drawn anew when its size, its data or the theme changes; in pixels of the screen. */
import { useEffect, useRef } from "react";

export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly widthPx: number;
  readonly heightPx: number;
  /** A color of the theme: "accent", "line". */
  readonly color: (name: string) => string;
}

export interface CanvasProps {
  readonly heightPx: number;
  readonly label: string;
  /** Must be the same function while it draws the same. */
  readonly draw: (pen: Pen) => void;
}

export function Canvas({ heightPx, label, draw }: CanvasProps): React.JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element === null || context === null || context === undefined) return undefined;
    const paint = (): void => {
      const widthPx = element.clientWidth;
      element.width = Math.round(widthPx * devicePixelRatio);
      element.height = Math.round(heightPx * devicePixelRatio);
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      context.clearRect(0, 0, widthPx, heightPx);
      const style = getComputedStyle(element);
      draw({ context, widthPx, heightPx, color: (name) => style.getPropertyValue(`--${name}`) });
    };
    const resized = new ResizeObserver(paint);
    const themed = new MutationObserver(paint);
    resized.observe(element);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    paint();
    return () => {
      resized.disconnect();
      themed.disconnect();
    };
  }, [draw, heightPx]);
  return <canvas ref={canvas} role="img" aria-label={label} className="w-full block" style={{ height: heightPx }} />;
}
