/** How chosen torrents run: order of pieces, weight, peers; of a single one its name and comment too. */
import type { Torrent, TorrentPatch } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Labelled } from "../ui/labelled.tsx";
import { EditForm, type EditDialogProps } from "./edit-form.tsx";
import { countSelected } from "./selection.ts";
import { useActions } from "./use-actions.ts";
import { type PresentProps, WithPresent } from "./with-present.tsx";

const FLAGS = ["isSequential", "isFirstLast", "isSuperSeeding", "isAutoManaged"] as const;
const PRIORITIES = [
  ["1", "options.high"],
  ["0", "options.normal"],
  ["-1", "options.low"],
] as const;

export default function OptionsDialog(props: EditDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  return <WithPresent {...props} title={t("options.title", { count: 1 })} form={OptionsForm} />;
}

function OptionsForm({ selection, total, onClose, present }: PresentProps): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const [patch, setPatch] = useState<TorrentPatch>({});
  const set = (change: TorrentPatch): void => setPatch({ ...patch, ...change });
  const save = async (): Promise<void> => {
    onClose();
    if (Object.keys(patch).length > 0) await run("update", { patch });
  };
  return (
    <EditForm title={t("options.title", { count: countSelected(selection, total) })} onClose={onClose} onSave={save}>
      {present !== undefined && <Names present={present} patch={patch} onPatch={set} />}
      <Labelled label={t("options.priority")} hint={t("options.priorityHint")}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={String(patch.priority ?? present?.priority ?? "")}
            onChange={({ target }) => set({ priority: target.value === "1" ? 1 : target.value === "-1" ? -1 : 0 })}
          >
            {present === undefined && (
              <option value="" disabled>
                {t("labels.unchanged")}
              </option>
            )}
            {PRIORITIES.map(([value, words]) => (
              <option key={value} value={value}>
                {t(words)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <PeersMax present={present} onChange={(peersMax) => set({ peersMax })} />
      <fieldset className="flex flex-col gap-1">
        <legend className="sr-only">{t("action.options")}</legend>
        {FLAGS.map((flag) => (
          <Flag
            key={flag}
            label={t(`options.${flag}`)}
            isOn={patch[flag] ?? present?.[flag]}
            onChange={(isOn) => set({ [flag]: isOn })}
          />
        ))}
      </fieldset>
    </EditForm>
  );
}

interface NamesProps {
  readonly present: Torrent;
  readonly patch: TorrentPatch;
  readonly onPatch: (change: TorrentPatch) => void;
}

function Names({ present, patch, onPatch }: NamesProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <>
      <Labelled label={t("field.name")} hint={t("options.nameHint")}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            required
            value={patch.name ?? present.name}
            onChange={({ target }) => onPatch({ name: target.value })}
          />
        )}
      </Labelled>
      <Labelled label={t("field.comment")}>
        {(ids) => (
          <textarea
            {...ids}
            className="field"
            rows={2}
            value={patch.comment ?? present.comment ?? ""}
            onChange={({ target }) => onPatch({ comment: target.value })}
          />
        )}
      </Labelled>
    </>
  );
}

interface PeersMaxProps {
  readonly present: Torrent | undefined;
  /** Null for the default. */
  readonly onChange: (peersMax: number | null) => void;
}

function PeersMax({ present, onChange }: PeersMaxProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <Labelled label={t("options.peersMax")} hint={t("options.peersMaxHint")}>
      {(ids) => (
        <input
          {...ids}
          className="field"
          type="number"
          min={1}
          max={100_000}
          defaultValue={present?.peersMax ?? ""}
          onChange={({ target }) => onChange(target.value === "" ? null : Number(target.value))}
        />
      )}
    </Labelled>
  );
}

interface FlagProps {
  readonly label: string;
  /** Undefined where torrents may differ. */
  readonly isOn: boolean | undefined;
  readonly onChange: (isOn: boolean) => void;
}

function Flag({ label, isOn, onChange }: FlagProps): React.JSX.Element {
  return (
    <label className="flex items-center gap-2 min-h-7">
      <input
        type="checkbox"
        checked={isOn === true}
        ref={(box) => {
          if (box !== null) box.indeterminate = isOn === undefined;
        }}
        onChange={({ target }) => onChange(target.checked)}
      />
      {label}
    </label>
  );
}
