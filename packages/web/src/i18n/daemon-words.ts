/** What the daemon says in English, in the page's language: settings, reasons, remedies. Its own words where none are known. */
import type { Reason, TorrentProblem } from "@torrential/api";
import type { TFunction } from "i18next";
import type { SettingDefinition } from "../settings/schema.ts";

const NAMESPACE = { ns: "daemon" } as const;

export function translateSetting(t: TFunction, definition: SettingDefinition): SettingDefinition {
  const { key, title, description } = definition;
  return {
    ...definition,
    title: t(`setting.${key}.title`, { ...NAMESPACE, defaultValue: title }),
    description: t(`setting.${key}.description`, { ...NAMESPACE, defaultValue: description }),
  };
}

export function translateReason(t: TFunction, reason: Reason): Pick<Reason, "sentence" | "remedy"> {
  const { direction, code, sentence, remedy } = reason;
  // Reasons that are the same both ways stand with those of downloading.
  const keys = (part: string): string[] => [`reason.${direction}.${code}.${part}`, `reason.down.${code}.${part}`];
  const options = { ...NAMESPACE, level: describeLevel(t, reason.level ?? "global") };
  return {
    sentence: t(keys("sentence"), { ...options, defaultValue: sentence }),
    remedy: remedy === "" ? "" : t(keys("remedy"), { ...options, defaultValue: remedy }),
  };
}

function describeLevel(t: TFunction, level: string): string {
  const other = t("level.other", { ...NAMESPACE, name: level, defaultValue: level });
  return t(`level.${level}`, { ...NAMESPACE, defaultValue: other });
}

export function translateRemedy(t: TFunction, { code, remedy }: TorrentProblem): string {
  return t(`remedy.${code}`, { ...NAMESPACE, defaultValue: remedy });
}
