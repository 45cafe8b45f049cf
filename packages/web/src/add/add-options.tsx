/** Where added torrents go, and how they begin. */
import type { AddOptions } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCategories } from "../filters/use-labels.ts";
import { client } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { PathField } from "../ui/path-field.tsx";
import { useFormat } from "../ui/use-format.ts";

export interface OptionsProps {
  readonly options: AddOptions;
  readonly onOptions: (options: AddOptions) => void;
}

export function AddOptionsFields({ options, onOptions }: OptionsProps): React.JSX.Element {
  const { t } = useTranslation();
  const categories = useCategories();
  const set = (change: Partial<AddOptions>): void => onOptions({ ...options, ...change });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <FolderField options={options} onOptions={onOptions} />
      <Labelled label={t("field.category")}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            list="add-categories"
            value={options.category ?? ""}
            onChange={(event) => set({ category: event.target.value })}
          />
        )}
      </Labelled>
      <datalist id="add-categories">
        {categories.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Labelled label={t("field.tags")} hint={t("labels.tagsHint")}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            value={options.tags?.join(",") ?? ""}
            onChange={(event) => set({ tags: event.target.value === "" ? [] : event.target.value.split(",") })}
          />
        )}
      </Labelled>
      <Flags options={options} onOptions={onOptions} />
    </div>
  );
}

/** Empty means the daemon's default; says how much room there is. */
function FolderField({ options, onOptions }: OptionsProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: settings } = useQuery({ queryKey: ["settings"], queryFn: () => client.call("showSettings", {}) });
  const standard = settings?.values["downloads.folder"];
  const standardFolder = typeof standard === "string" ? standard : "";
  const folder = options.folder ?? standardFolder;
  const { data: space } = useQuery({
    queryKey: ["space", folder],
    queryFn: () => client.call("showSpace", { query: { path: folder } }),
    enabled: folder !== "",
    retry: false,
  });
  const hint = space === undefined ? undefined : t("add.free", { free: format.bytes(space.freeBytes) });
  return (
    <PathField
      label={t("field.folder")}
      hint={hint}
      kind="folders"
      placeholder={standardFolder}
      value={options.folder ?? ""}
      onChange={(path) => {
        const { folder: _, ...others } = options;
        onOptions(path === "" ? others : { ...others, folder: path });
      }}
    />
  );
}

function Flags({ options, onOptions }: OptionsProps): React.JSX.Element {
  const { t } = useTranslation();
  const flags: readonly (readonly [label: string, isOn: boolean, change: (isOn: boolean) => Partial<AddOptions>])[] = [
    [t("add.start"), options.intent !== "stop", (on) => ({ intent: on ? "start" : "stop" })],
    [t("add.sequential"), options.isSequential === true, (on) => ({ isSequential: on })],
    [t("add.firstLast"), options.isFirstLast === true, (on) => ({ isFirstLast: on })],
    [t("add.skipCheck"), options.skipCheck === true, (on) => ({ skipCheck: on })],
  ];
  return (
    <fieldset className="flex flex-col gap-1">
      {flags.map(([label, isOn, change]) => (
        <label key={label} className="flex items-center gap-2 min-h-7">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => onOptions({ ...options, ...change(event.target.checked) })}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
