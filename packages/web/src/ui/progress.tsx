/** A bar that fills; its number is said to screen readers and shown beside it. */
import { useFormat } from "./use-format.ts";

export interface ProgressProps {
  readonly share: number;
  readonly label: string;
  /** What stands beside it, where the caller has the format at hand: rows of a list are many. */
  readonly text?: string;
  readonly tone?: "accent" | "up" | "bad" | "dim";
}

const TONES = { accent: "bg-accent", up: "bg-up", bad: "bg-bad", dim: "bg-dim" } as const;

export function Progress(props: ProgressProps): React.JSX.Element {
  return props.text === undefined ? <FormattedProgress {...props} /> : <Bar {...props} text={props.text} />;
}

function FormattedProgress(props: ProgressProps): React.JSX.Element {
  const format = useFormat();
  return <Bar {...props} text={format.percent(props.share)} />;
}

function Bar({ share, label, text, tone = "accent" }: ProgressProps & { readonly text: string }): React.JSX.Element {
  return (
    <span className="flex items-center gap-2 w-full">
      <span
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        className="h-2 flex-1 min-w-8 rounded bg-line overflow-hidden"
      >
        <span className={`block h-full ${TONES[tone]}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="w-12 text-end tabular-nums">{text}</span>
    </span>
  );
}
