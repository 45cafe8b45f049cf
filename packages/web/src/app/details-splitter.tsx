/** The line between the list and the details: dragged, or moved with the arrow keys. Where it is stays in this browser. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

declare module "react" {
  interface CSSProperties {
    /** Height of the details, where they stand below the list. */
    readonly "--details"?: string;
  }
}

const KEY = "torrential.details-share";
const SHARE = { least: 15, usual: 45, most: 85 } as const;
const STEP = 5;

/** Percent of the height that the details have. */
export function useDetailsShare(): readonly [number, (share: number) => void] {
  const [share, setShare] = useState(() => clamp(Number(localStorage.getItem(KEY) ?? SHARE.usual)));
  const change = (next: number): void => {
    const kept = clamp(next);
    setShare(kept);
    localStorage.setItem(KEY, String(kept));
  };
  return [share, change];
}

function clamp(share: number): number {
  return Number.isFinite(share) ? Math.min(SHARE.most, Math.max(SHARE.least, Math.round(share))) : SHARE.usual;
}

export interface DetailsSplitterProps {
  readonly share: number;
  readonly onShare: (share: number) => void;
}

/** Stands between the two, in what holds both. */
export function DetailsSplitter({ share, onShare }: DetailsSplitterProps): React.JSX.Element {
  const { t } = useTranslation();
  const keys: Readonly<Record<string, number>> = {
    ArrowUp: share + STEP,
    ArrowDown: share - STEP,
    Home: SHARE.most,
    End: SHARE.least,
  };
  return (
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label={t("details.resize")}
      aria-valuenow={share}
      aria-valuemin={SHARE.least}
      aria-valuemax={SHARE.most}
      tabIndex={0}
      className="hidden md:block relative z-20 h-2 -my-1 shrink-0 cursor-row-resize touch-none hover:bg-accent/40"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const around = event.currentTarget.parentElement?.getBoundingClientRect();
        if (around !== undefined) onShare(((around.bottom - event.clientY) / around.height) * 100);
      }}
      onDoubleClick={() => onShare(SHARE.usual)}
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (next === undefined) return;
        event.preventDefault();
        onShare(next);
      }}
    />
  );
}
