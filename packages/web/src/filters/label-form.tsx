/** One category or tag: its name, color, folder and limits. */
import type { Category, ShareLimit, Tag } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { FormButtons } from "../ui/form-buttons.tsx";
import { Labelled } from "../ui/labelled.tsx";
import { PathField } from "../ui/path-field.tsx";
import { RateField } from "../ui/rate-field.tsx";
import { RatioField } from "../ui/ratio-field.tsx";

export type LabelKind = "categories" | "tags";

export interface LabelFormProps {
  readonly kind: LabelKind;
  /** Undefined makes a new one. */
  readonly label: Category | Tag | undefined;
  readonly onDone: () => void;
}

interface Draft {
  readonly name: string;
  readonly color: string;
  readonly folder: string;
  readonly down: number | undefined;
  readonly up: number | undefined;
  readonly ratio: ShareLimit;
}

/** Tell apart on light and dark alike. */
const COLORS = ["#e5484d", "#f76b15", "#ffc53d", "#46a758", "#12a594", "#0090ff", "#8e4ec6", "#d6409f"];

function startDraft(label: Category | Tag | undefined): Draft {
  return {
    name: label?.name ?? "",
    color: label?.color ?? "",
    folder: (label !== undefined && "folder" in label ? label.folder : undefined) ?? "",
    down: label?.limits.down,
    up: label?.limits.up,
    ratio: label?.shareLimits.ratio ?? "global",
  };
}

async function saveLabel(kind: LabelKind, before: string | undefined, draft: Draft): Promise<void> {
  const { name, color, folder, down, up, ratio } = draft;
  const shared = { color, limits: { down, up }, shareLimits: { ratio } };
  if (kind === "categories") {
    if (before === undefined) await client.call("createCategory", { body: { ...shared, name, folder } });
    else await client.call("updateCategory", { query: { name: before }, body: { ...shared, name, folder } });
  } else {
    if (before === undefined) await client.call("createTags", { body: { names: [name] } });
    await client.call("updateTag", { query: { name: before ?? name }, body: { ...shared, name } });
  }
  await queries.invalidateQueries({ queryKey: ["labels"] });
}

export function LabelForm({ kind, label, onDone }: LabelFormProps): React.JSX.Element {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => startDraft(label));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        saveLabel(kind, label?.name, draft).then(onDone, (error: unknown) => setProblem(describeError(error)));
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Labelled
          label={t("label.name")}
          hint={kind === "categories" ? t("label.nameHint") : undefined}
          error={problem}
        >
          {(ids) => (
            <input
              {...ids}
              className="field"
              required
              maxLength={200}
              value={draft.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Labelled>
        {kind === "categories" && (
          <PathField
            label={t("label.folder")}
            hint={t("label.folderHint")}
            kind="folders"
            value={draft.folder}
            onChange={(folder) => set({ folder })}
          />
        )}
      </div>
      <ColorField color={draft.color} onColor={(color) => set({ color })} />
      <div className="grid gap-4 sm:grid-cols-3">
        <RateField label={t("limits.down")} value={draft.down} onChange={(down) => set({ down })} />
        <RateField label={t("limits.up")} value={draft.up} onChange={(up) => set({ up })} />
        <RatioField value={draft.ratio} onChange={(ratio) => set({ ratio })} />
      </div>
      <FormButtons onCancel={onDone} />
    </form>
  );
}

interface ColorFieldProps {
  readonly color: string;
  readonly onColor: (color: string) => void;
}

function ColorField({ color, onColor }: ColorFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-wrap items-center gap-2">
      <legend className="font-medium pb-1">{t("label.color")}</legend>
      <button
        type="button"
        aria-pressed={color === ""}
        className={`button ${color === "" ? "bg-chosen!" : ""}`}
        onClick={() => onColor("")}
      >
        {t("label.noColor")}
      </button>
      {COLORS.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={color === each}
          aria-label={each}
          title={each}
          className={`w-8 h-8 rounded-full border-2 ${color === each ? "border-ink" : "border-transparent"}`}
          style={{ background: each }}
          onClick={() => onColor(each)}
        />
      ))}
      <input
        type="color"
        aria-label={t("label.color")}
        className="w-10 h-9 rounded-md border border-line bg-panel"
        value={color === "" ? "#888888" : color}
        onChange={(event) => onColor(event.target.value)}
      />
    </fieldset>
  );
}
