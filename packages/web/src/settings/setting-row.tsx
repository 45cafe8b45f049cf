/** One setting: its field, what it does, where its value comes from. Saved when the field is left. */
import { ApiError } from "@torrential/api";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import type { SettingDefinition } from "./schema.ts";
import { SudoDialog } from "./sudo-dialog.tsx";
import { WeekGrid } from "./week-grid.tsx";

export interface SettingRowProps {
  readonly definition: SettingDefinition;
  readonly value: unknown;
  /** "default", "api", "file", "environment" or "command". */
  readonly origin: string;
}

const CHANGEABLE: readonly string[] = ["default", "api"];

export function SettingRow({ definition, value, origin }: SettingRowProps): React.JSX.Element {
  const { t, i18n } = useTranslation();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [waiting, setWaiting] = useState<unknown>(undefined);
  const isFixed = definition.isFileOnly || !CHANGEABLE.includes(origin);
  const save = (next: unknown): void => {
    setProblem(undefined);
    client.call("updateSettings", { body: { [definition.key]: next } }).then(
      () => queries.invalidateQueries(),
      (error: unknown) => {
        if (error instanceof ApiError && error.code === "sudo-needed") setWaiting(next);
        else setProblem(describeError(error));
      },
    );
  };
  return (
    <div>
      <Labelled
        label={definition.title}
        hint={
          <>
            {definition.description}
            <span className="block text-[0.8125rem] mt-0.5">
              {describeEnds(definition, t, { isFixed, origin, language: i18n.language })}
            </span>
          </>
        }
        error={problem}
      >
        {(ids) => <SettingField {...ids} definition={definition} value={value} isFixed={isFixed} onSave={save} />}
      </Labelled>
      {waiting !== undefined && (
        <SudoDialog
          onClose={() => setWaiting(undefined)}
          onDone={() => {
            setWaiting(undefined);
            save(waiting);
          }}
        />
      )}
    </div>
  );
}

/** Nobody thinks in bytes per second. */
function shownUnit({ unit }: SettingDefinition): { readonly unit: string | undefined; readonly scale: number } {
  return unit === "B/s" ? { unit: "kB/s", scale: 1_000 } : { unit, scale: 1 };
}

type Translate = ReturnType<typeof useTranslation>["t"];

/** Unit, range, default, and what stands in the way of a change. */
function describeEnds(
  definition: SettingDefinition,
  t: Translate,
  { isFixed, origin, language }: { readonly isFixed: boolean; readonly origin: string; readonly language: string },
): string {
  const { minimum, maximum, needsRestart } = definition;
  const { unit, scale } = shownUnit(definition);
  const number = new Intl.NumberFormat(language);
  const show = (value: unknown): string => {
    if (typeof value === "number") return number.format(value / scale);
    if (typeof value === "boolean") return t(value ? "settings.yes" : "settings.no");
    return definition.choices === undefined ? formatValue(value) : t(`settings.choice.${formatValue(value)}`);
  };
  const parts: string[] = [];
  if (unit !== undefined) parts.push(t("settings.unit", { unit }));
  if (minimum !== undefined && maximum !== undefined)
    parts.push(t("settings.range", { minimum: show(minimum), maximum: show(maximum) }));
  const standard = show(definition.default);
  parts.push(standard === "" ? t("settings.noDefault") : t("settings.default", { value: standard }));
  if (needsRestart) parts.push(t("settings.needsRestart"));
  if (isFixed) {
    const by = t(`settings.origin.${origin}`, origin);
    parts.push(t(definition.isFileOnly ? "settings.fileOnly" : "settings.fixedBy", { origin: by }));
  }
  return parts.join(" ");
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map((each) => formatValue(each)).join(", ") : JSON.stringify(value);
}

interface SettingFieldProps {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly definition: SettingDefinition;
  readonly value: unknown;
  readonly isFixed: boolean;
  readonly onSave: (value: unknown) => void;
}

function SettingField({ definition, value, isFixed, onSave, ...ids }: SettingFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  const { type, choices } = definition;
  if (definition.key === "limits.schedule")
    return <WeekGrid label={t("week.name")} value={value} isFixed={isFixed} onSave={onSave} />;
  if (type === "boolean") {
    return (
      <input
        {...ids}
        type="checkbox"
        className="self-start w-5 h-5"
        disabled={isFixed}
        checked={value === true}
        onChange={(event) => onSave(event.target.checked)}
      />
    );
  }
  if (choices !== undefined) {
    return (
      <select
        {...ids}
        className="field"
        disabled={isFixed}
        value={String(value)}
        onChange={(event) => onSave(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {t(`settings.choice.${choice}`)}
          </option>
        ))}
      </select>
    );
  }
  if (type === "array" && !definition.isTextList) {
    return (
      <textarea
        {...ids}
        className="field font-mono text-xs"
        readOnly
        rows={3}
        value={JSON.stringify(value, undefined, 2)}
      />
    );
  }
  return <TextField {...ids} definition={definition} value={value} isFixed={isFixed} onSave={onSave} />;
}

function TextField({ definition, value, isFixed, onSave, ...ids }: SettingFieldProps): React.JSX.Element {
  const { type, minimum, maximum } = definition;
  const { scale } = shownUnit(definition);
  const shown = showValue(typeof value === "number" ? value / scale : value);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const save = (): void => {
    if (text === shown) return;
    if (type === "array")
      onSave(
        text
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== ""),
      );
    else onSave(type === "string" ? text : Number(text) * scale);
  };
  const shared = { ...ids, className: "field", disabled: isFixed, value: text, onBlur: save };
  if (type === "array") return <textarea {...shared} rows={3} onChange={(event) => setText(event.target.value)} />;
  return (
    <input
      {...shared}
      type={type === "string" ? "text" : "number"}
      step={type === "number" || scale > 1 ? "any" : 1}
      min={minimum === undefined ? undefined : minimum / scale}
      max={maximum === undefined ? undefined : maximum / scale}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
      }}
    />
  );
}

/** A list as lines. */
function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.join("\n");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
