/** Filters with counts: states, categories, tags, trackers, folders. One of each kind at a time; they add up. */
import { useTranslation } from "react-i18next";
import { type RouteChange, useRoute } from "../app/route.ts";
import { openDialog } from "../list/dialogs.ts";
import { useLive } from "../live/use-live.ts";
import { Dot } from "../ui/dot.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { FilterButton, FilterGroup } from "./filter-group.tsx";
import { SavedViewList } from "./saved-view-list.tsx";
import { useCategories, useTags } from "./use-labels.ts";

const STATES: readonly (readonly [state: string, icon: IconName])[] = [
  ["downloading", "down"],
  ["seeding", "up"],
  ["finished", "check"],
  ["checking", "search"],
  ["queued", "queue"],
  ["metadata", "link"],
  ["moving", "folder"],
  ["stopped", "stop"],
  ["error", "warning"],
  ["storage-missing", "warning"],
];

export function Sidebar({ onChosen }: { readonly onChosen: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const counts = useLive((state) => state.counts);
  const [{ filter }, go] = useRoute();
  const categories = useCategories();
  const tags = useTags();
  const choose = (change: RouteChange): void => {
    go({ view: undefined, ...change });
    onChosen();
  };
  const edit = (label: string): { readonly label: string; readonly icon: IconName; readonly run: () => void } => ({
    label,
    icon: "edit",
    run: () => openDialog("label-editor"),
  });
  return (
    <nav aria-label={t("filter.name")} className="flex flex-col gap-4 p-2 pb-6 overflow-auto h-full">
      <StateGroup onChoose={choose} />
      <SavedViewList onChoose={choose} />
      <ChoiceGroup
        title={t("field.category")}
        action={edit(t("filter.editCategories"))}
        chosen={filter.category}
        entries={withEmpty(categories, counts?.categories)}
        onChoose={(category) => choose({ category })}
      />
      <ChoiceGroup
        title={t("field.tags")}
        action={edit(t("filter.editTags"))}
        chosen={filter.tag?.[0]}
        entries={withEmpty(tags, counts?.tags)}
        onChoose={(tag) => choose({ tag })}
      />
      <ChoiceGroup
        title={t("field.tracker")}
        icon="server"
        chosen={filter.tracker}
        entries={entriesOf(counts?.trackers)}
        onChoose={(tracker) => choose({ tracker })}
      />
      <ChoiceGroup
        title={t("field.folder")}
        icon="folder"
        chosen={filter.folder}
        entries={entriesOf(counts?.folders)}
        onChoose={(folder) => choose({ folder })}
      />
    </nav>
  );
}

function StateGroup({ onChoose }: { readonly onChoose: (change: RouteChange) => void }): React.JSX.Element {
  const { t } = useTranslation();
  const counts = useLive((state) => state.counts);
  const [{ filter }] = useRoute();
  const kinds = [
    ["active", "active", counts?.active],
    ["inactive", "clock", counts === undefined ? undefined : counts.all - counts.active],
    ["complete", "check", counts?.complete],
    ["incomplete", "down", counts === undefined ? undefined : counts.all - counts.complete],
  ] as const;
  return (
    <FilterGroup title={t("filter.state")}>
      <FilterButton
        label={t("filter.all")}
        mark={<Icon name="list" size={16} />}
        count={counts?.all}
        isOn={filter.state === undefined && filter.is === undefined}
        onChoose={() => onChoose({ state: undefined, is: undefined })}
      />
      {kinds.map(([kind, icon, count]) => (
        <FilterButton
          key={kind}
          label={t(`filter.${kind}`)}
          mark={<Icon name={icon} size={16} />}
          count={count}
          isOn={filter.is?.[0] === kind}
          onChoose={() => onChoose({ state: undefined, is: kind })}
        />
      ))}
      {STATES.filter(([state]) => (counts?.states[state] ?? 0) > 0 || filter.state?.[0] === state).map(
        ([state, icon]) => (
          <FilterButton
            key={state}
            label={t(`state.${state}`)}
            mark={<Icon name={icon} size={16} />}
            count={counts?.states[state] ?? 0}
            isOn={filter.state?.[0] === state}
            onChoose={() => onChoose({ state, is: undefined })}
          />
        ),
      )}
    </FilterGroup>
  );
}

interface Entry {
  readonly name: string;
  readonly count: number;
  readonly color?: string | undefined;
}

/** Known labels and those that torrents have; without one last. */
function withEmpty(
  labels: readonly { readonly name: string; readonly color?: string | undefined }[],
  counts: Readonly<Record<string, number>> | undefined,
): readonly Entry[] {
  const known = new Map(labels.map(({ name, color }): [string, Entry] => [name, { name, color, count: 0 }]));
  for (const { name, count } of entriesOf(counts)) known.set(name, { name, color: known.get(name)?.color, count });
  const named = [...known.values()].filter(({ name }) => name !== "").toSorted(byName);
  const without = known.get("");
  return without === undefined || named.length === 0 ? named : [...named, without];
}

function entriesOf(counts: Readonly<Record<string, number>> | undefined): readonly Entry[] {
  return Object.entries(counts ?? {})
    .map(([name, count]) => ({ name, count }))
    .toSorted(byName);
}

function byName(a: Entry, b: Entry): number {
  return a.name.localeCompare(b.name, undefined, { numeric: true });
}

interface ChoiceGroupProps {
  readonly title: string;
  readonly action?: React.ComponentProps<typeof FilterGroup>["action"];
  /** Of entries without a color. */
  readonly icon?: IconName;
  readonly chosen: string | undefined;
  readonly entries: readonly Entry[];
  readonly onChoose: (name: string | undefined) => void;
}

/** Choosing what is chosen lets everything through again. */
function ChoiceGroup(props: ChoiceGroupProps): React.JSX.Element | undefined {
  const { title, action, icon, chosen, entries, onChoose } = props;
  const { t } = useTranslation();
  if (entries.length === 0 && action === undefined) return undefined;
  return (
    <FilterGroup title={title} action={action}>
      {entries.map(({ name, count, color }) => (
        <FilterButton
          key={name}
          label={name === "" ? t("filter.none") : name}
          mark={icon === undefined ? <Dot color={color} /> : <Icon name={icon} size={16} />}
          count={count}
          isOn={chosen === name}
          onChoose={() => onChoose(chosen === name ? undefined : name)}
        />
      ))}
    </FilterGroup>
  );
}
