/** A finger that stays on a row for half a second chooses it; moving on scrolls instead. */
import { useRef } from "react";

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;

export interface LongPressHandlers {
  readonly onPointerDown: (event: React.PointerEvent) => void;
  readonly onPointerMove: (event: React.PointerEvent) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
}

export function useLongPress(onLongPress: (index: number) => void): LongPressHandlers {
  const press = useRef<{ readonly timer: number; readonly x: number; readonly y: number } | undefined>(undefined);
  const end = (): void => {
    if (press.current !== undefined) window.clearTimeout(press.current.timer);
    press.current = undefined;
  };
  return {
    onPointerDown: (event) => {
      if (event.pointerType !== "touch") return;
      const row = event.target instanceof Element ? event.target.closest("[data-index]") : null;
      if (!(row instanceof HTMLElement)) return;
      const index = Number(row.dataset["index"]);
      const timer = window.setTimeout(() => onLongPress(index), LONG_PRESS_MS);
      press.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event) => {
      if (press.current === undefined) return;
      const { x, y } = press.current;
      if (Math.hypot(event.clientX - x, event.clientY - y) > MOVED_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
