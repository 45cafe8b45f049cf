/** Every setting with its definition and value, as the daemon has them now. */
import type { Settings } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { translateSetting } from "../i18n/daemon-words.ts";
import { client } from "../live/client.ts";
import { readDefinitions, type SettingDefinition } from "./schema.ts";

export interface KnownSettings {
  readonly definitions: readonly SettingDefinition[];
  /** Undefined while they are on the way. */
  readonly settings: Settings | undefined;
  /** Null while there is none. */
  readonly error: Error | null;
}

export function useSettings(): KnownSettings {
  const { t } = useTranslation();
  const settings = useQuery({ queryKey: ["settings"], queryFn: () => client.call("showSettings", {}) });
  const schema = useQuery({
    queryKey: ["settings-schema"],
    queryFn: () => client.call("showSettingsSchema", {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const definitions = useMemo(
    () => readDefinitions(schema.data ?? {}).map((definition) => translateSetting(t, definition)),
    [schema.data, t],
  );
  return { definitions, settings: settings.data, error: settings.error ?? schema.error };
}
