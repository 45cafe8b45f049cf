/** Dialogs that change the chosen torrents: category and tags, limits, folder. */
import type { RateLimit, ShareLimits, TorrentPatch } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCategories } from "../filters/use-labels.ts";
import { client } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { PathField } from "../ui/path-field.tsx";
import { RateField } from "../ui/rate-field.tsx";
import { RatioField } from "../ui/ratio-field.tsx";
import { ShareLimitField } from "../ui/share-limit-field.tsx";
import { useFormat } from "../ui/use-format.ts";
import { type EditDialogProps, EditForm } from "./edit-form.tsx";
import { countSelected } from "./selection.ts";
import { useActions } from "./use-actions.ts";
import { type PresentProps, WithPresent } from "./with-present.tsx";

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

/** Of a single torrent it begins with what is set; of several with nothing, and what is left so stays as it is. */
export function LimitsDialog(props: EditDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  return <WithPresent {...props} title={t("limits.title", { count: 1 })} form={LimitsForm} />;
}

function LimitsForm({ selection, total, onClose, present }: PresentProps): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const [limits, setLimits] = useState<RateLimit | undefined>(present?.limits);
  const [share, setShare] = useState<Partial<ShareLimits>>({});
  const save = async (): Promise<void> => {
    onClose();
    const patch: TorrentPatch = {
      ...(limits === undefined ? {} : { limits }),
      ...(Object.keys(share).length === 0 ? {} : { shareLimits: share }),
    };
    await run("update", { patch });
  };
  return (
    <EditForm title={t("limits.title", { count: countSelected(selection, total) })} onClose={onClose} onSave={save}>
      <RateField label={t("limits.down")} value={limits?.down} onChange={(down) => setLimits({ ...limits, down })} />
      <RateField label={t("limits.up")} value={limits?.up} onChange={(up) => setLimits({ ...limits, up })} />
      <ShareFields
        limits={{ ...present?.shareLimits, ...share }}
        onChange={(change) => setShare({ ...share, ...change })}
      />
    </EditForm>
  );
}

const HOUR_MS = 3_600_000;
/** From an hour to two months. */
const TIMES: readonly number[] = [1, 6, 24, 72, 168, 336, 720, 1_440].map((hours) => hours * HOUR_MS);
const ACTIONS = ["global", "stop", "remove", "remove-data", "super-seed"] as const;

interface ShareFieldsProps {
  readonly limits: Partial<ShareLimits>;
  readonly onChange: (change: Partial<ShareLimits>) => void;
}

/** When seeding ends, and what happens then. */
function ShareFields({ limits, onChange }: ShareFieldsProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const shared = { choices: TIMES, show: format.duration };
  const { ratio = "global", seedingTimeMs = "global", idleTimeMs = "global", action = "global" } = limits;
  return (
    <>
      <RatioField value={ratio} onChange={(next) => onChange({ ratio: next })} />
      <ShareLimitField
        {...shared}
        label={t("limits.seedingTime")}
        value={seedingTimeMs}
        onChange={(next) => onChange({ seedingTimeMs: next })}
      />
      <ShareLimitField
        {...shared}
        label={t("limits.idleTime")}
        value={idleTimeMs}
        onChange={(next) => onChange({ idleTimeMs: next })}
      />
      <Labelled label={t("limits.action")}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={action}
            onChange={({ target }) => onChange({ action: ACTIONS.find((each) => each === target.value) ?? "global" })}
          >
            {ACTIONS.map((each) => (
              <option key={each} value={each}>
                {each === "global" ? t("limits.global") : t(`settings.choice.${each}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
    </>
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
      <PathField
        label={t("field.folder")}
        hint={t("move.hint", { roots: roots.join(", ") })}
        kind="folders"
        isRequired
        value={folder}
        onChange={setFolder}
      />
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={moveData} onChange={(event) => setMoveData(event.target.checked)} />
        {t("move.moveData")}
      </label>
    </EditForm>
  );
}
