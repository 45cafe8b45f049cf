/** Filters with counts: states, categories, tags, trackers. One of each kind at a time; they add up. */
import { useTranslation } from "react-i18next";
import { type RouteChange, useRoute } from "../app/route.ts";
import { useLive } from "../live/use-live.ts";
import { useFormat } from "../ui/use-format.ts";

const STATES = [
  "downloading",
  "seeding",
  "finished",
  "checking",
  "queued",
  "metadata",
  "moving",
  "stopped",
  "error",
] as const;

export function Sidebar({ onChosen }: { readonly onChosen: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const counts = useLive((state) => state.counts);
  const [route, go] = useRoute();
  const { filter } = route;
  const choose = (change: RouteChange): void => {
    go({ view: undefined, ...change });
    onChosen();
  };
  const entries = (record: Readonly<Record<string, number>> | undefined): readonly (readonly [string, number])[] =>
    Object.entries(record ?? {}).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <nav aria-label={t("filter.name")} className="flex flex-col gap-4 p-3 overflow-auto h-full">
      <FilterGroup title={t("filter.state")}>
        <FilterButton
          label={t("filter.all")}
          count={counts?.all}
          isOn={filter.state === undefined && filter.is === undefined}
          onChoose={() => choose({ state: undefined, is: undefined })}
        />
        <FilterButton
          label={t("filter.active")}
          count={counts?.active}
          isOn={filter.is?.[0] === "active"}
          onChoose={() => choose({ state: undefined, is: "active" })}
        />
        <FilterButton
          label={t("filter.complete")}
          count={counts?.complete}
          isOn={filter.is?.[0] === "complete"}
          onChoose={() => choose({ state: undefined, is: "complete" })}
        />
        {STATES.filter((state) => (counts?.states[state] ?? 0) > 0 || filter.state?.[0] === state).map((state) => (
          <FilterButton
            key={state}
            label={t(`state.${state}`)}
            count={counts?.states[state] ?? 0}
            isOn={filter.state?.[0] === state}
            onChoose={() => choose({ state, is: undefined })}
          />
        ))}
      </FilterGroup>
      <ChoiceGroup
        title={t("field.category")}
        chosen={filter.category}
        entries={entries(counts?.categories)}
        onChoose={(category) => choose({ category })}
      />
      <ChoiceGroup
        title={t("field.tags")}
        chosen={filter.tag?.[0]}
        entries={entries(counts?.tags)}
        onChoose={(tag) => choose({ tag })}
      />
      <ChoiceGroup
        title={t("field.tracker")}
        chosen={filter.tracker}
        entries={entries(counts?.trackers)}
        onChoose={(tracker) => choose({ tracker })}
      />
    </nav>
  );
}

interface ChoiceGroupProps {
  readonly title: string;
  readonly chosen: string | undefined;
  readonly entries: readonly (readonly [name: string, count: number])[];
  readonly onChoose: (name: string | undefined) => void;
}

/** Choosing what is chosen lets everything through again. */
function ChoiceGroup({ title, chosen, entries, onChoose }: ChoiceGroupProps): React.JSX.Element | undefined {
  const { t } = useTranslation();
  if (entries.length === 0) return undefined;
  return (
    <FilterGroup title={title}>
      {entries.map(([name, count]) => (
        <FilterButton
          key={name}
          label={name === "" ? t("filter.none") : name}
          count={count}
          isOn={chosen === name}
          onChoose={() => onChoose(chosen === name ? undefined : name)}
        />
      ))}
    </FilterGroup>
  );
}

function FilterGroup({
  title,
  children,
}: {
  readonly title: string;
  readonly children: React.ReactNode;
}): React.JSX.Element {
  return (
    <section>
      <h2 className="px-2 pb-1 text-xs uppercase tracking-wide text-dim font-semibold">{title}</h2>
      <div className="flex flex-col">{children}</div>
    </section>
  );
}

interface FilterButtonProps {
  readonly label: string;
  readonly count: number | undefined;
  readonly isOn: boolean;
  readonly onChoose: () => void;
}

function FilterButton({ label, count, isOn, onChoose }: FilterButtonProps): React.JSX.Element {
  const format = useFormat();
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onChoose}
      className={`flex items-center gap-2 px-2 min-h-8 rounded text-start ${isOn ? "bg-chosen font-semibold" : "hover:bg-hover"}`}
    >
      <span className="flex-1 truncate">{label}</span>
      <span className="text-dim tabular-nums">{count === undefined ? "" : format.number(count)}</span>
    </button>
  );
}
