/** Dialogs that change the chosen torrents: category and tags, limits, folder. */
import type { ShareLimit } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCategories } from "../filters/use-labels.ts";
import { client } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { RateField } from "../ui/rate-field.tsx";
import { RatioField } from "../ui/ratio-field.tsx";
import { countSelected, type Selection } from "./selection.ts";
import { useActions } from "./use-actions.ts";

export interface EditDialogProps {
  readonly selection: Selection;
  readonly total: number;
  readonly onClose: () => void;
}

export function LabelsDialog({ selection, total, onClose }: EditDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const categories = useCategories();
  const [category, setCategory] = useState<string | undefined>(undefined);
  const [addTags, setAddTags] = useState("");
  const [removeTags, setRemoveTags] = useState("");
  const save = async (): Promise<void> => {
    onClose();
    if (category !== undefined) await run("update", { patch: { category: category === "" ? null : category } });
    const [added, removed] = [splitTags(addTags), splitTags(removeTags)];
    if (added.length > 0 || removed.length > 0) await run("tag", { addTags: added, removeTags: removed });
  };
  return (
    <EditForm title={t("labels.title", { count: countSelected(selection, total) })} onClose={onClose} onSave={save}>
      <Labelled label={t("field.category")}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={category ?? "?"}
            onChange={(event) => setCategory(event.target.value)}
          >
            <option value="?" disabled>
              {t("labels.unchanged")}
            </option>
            <option value="">{t("labels.none")}</option>
            {categories.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label={t("labels.addTags")} hint={t("labels.tagsHint")}>
        {(ids) => (
          <input {...ids} className="field" value={addTags} onChange={(event) => setAddTags(event.target.value)} />
        )}
      </Labelled>
      <Labelled label={t("labels.removeTags")}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            value={removeTags}
            onChange={(event) => setRemoveTags(event.target.value)}
          />
        )}
      </Labelled>
    </EditForm>
  );
}

function splitTags(text: string): readonly string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

export function LimitsDialog({ selection, total, onClose }: EditDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const [down, setDown] = useState<number | undefined>(undefined);
  const [up, setUp] = useState<number | undefined>(undefined);
  const [ratio, setRatio] = useState<ShareLimit>("global");
  const save = async (): Promise<void> => {
    onClose();
    await run("update", { patch: { limits: { down, up }, shareLimits: { ratio } } });
  };
  return (
    <EditForm title={t("limits.title", { count: countSelected(selection, total) })} onClose={onClose} onSave={save}>
      <RateField label={t("limits.down")} value={down} onChange={setDown} />
      <RateField label={t("limits.up")} value={up} onChange={setUp} />
      <RatioField value={ratio} onChange={setRatio} />
    </EditForm>
  );
}

export function MoveDialog({ selection, total, onClose }: EditDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const { data: roots = [] } = useQuery({ queryKey: ["roots"], queryFn: () => client.call("listRoots", {}) });
  const [folder, setFolder] = useState("");
  const [moveData, setMoveData] = useState(true);
  const save = async (): Promise<void> => {
    onClose();
    await run("move", { folder, moveData });
  };
  return (
    <EditForm title={t("move.title", { count: countSelected(selection, total) })} onClose={onClose} onSave={save}>
      <Labelled label={t("field.folder")} hint={t("move.hint", { roots: roots.join(", ") })}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            list="roots"
            required
            value={folder}
            onChange={(event) => setFolder(event.target.value)}
          />
        )}
      </Labelled>
      <datalist id="roots">
        {roots.map((root) => (
          <option key={root} value={root} />
        ))}
      </datalist>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={moveData} onChange={(event) => setMoveData(event.target.checked)} />
        {t("move.moveData")}
      </label>
    </EditForm>
  );
}

interface EditFormProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onSave: () => Promise<void>;
  readonly children: React.ReactNode;
}

function EditForm({ title, onClose, onSave, children }: EditFormProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void onSave();
        }}
      >
        {children}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button button-main">
            {t("save")}
          </button>
        </div>
      </form>
    </Modal>
  );
}
