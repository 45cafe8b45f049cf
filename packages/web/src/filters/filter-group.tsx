/** A kind of filter in the side bar: its title, what can be done about it, and its choices with counts. */
import { Icon, type IconName } from "../ui/icon.tsx";
import { useFormat } from "../ui/use-format.ts";

export interface FilterGroupProps {
  readonly title: string;
  readonly action?:
    | { readonly label: string; readonly icon: IconName; readonly run: () => void; readonly isOff?: boolean }
    | undefined;
  readonly children: React.ReactNode;
}

export function FilterGroup({ title, action, children }: FilterGroupProps): React.JSX.Element {
  return (
    <section>
      <div className="flex items-center min-h-7 px-2">
        <h2 className="flex-1 text-xs uppercase tracking-wide text-dim font-semibold">{title}</h2>
        {action !== undefined && (
          <button
            type="button"
            className="icon-button min-w-7! min-h-7!"
            aria-label={action.label}
            title={action.label}
            disabled={action.isOff === true}
            onClick={action.run}
          >
            <Icon name={action.icon} size={14} />
          </button>
        )}
      </div>
      <div className="flex flex-col gap-px">{children}</div>
    </section>
  );
}

export interface FilterButtonProps {
  readonly label: string;
  readonly mark: React.ReactNode;
  readonly count: number | undefined;
  readonly isOn: boolean;
  readonly onChoose: () => void;
}

export function FilterButton({ label, mark, count, isOn, onChoose }: FilterButtonProps): React.JSX.Element {
  const format = useFormat();
  return (
    <button
      type="button"
      aria-pressed={isOn}
      title={label}
      onClick={onChoose}
      className={`flex items-center gap-2.5 px-2 min-h-8 rounded-md text-start min-w-0 ${isOn ? "bg-chosen font-semibold" : "hover:bg-hover"}`}
    >
      <span className={`w-4 flex justify-center shrink-0 ${isOn ? "text-accent" : "text-dim"}`}>{mark}</span>
      <span className="flex-1 truncate">{label}</span>
      <span className="text-dim tabular-nums text-xs">{count === undefined ? "" : format.number(count)}</span>
    </button>
  );
}
