/** Every setting from the daemon's schema, with its unit, range, default and effect; searched, changed one at a time. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";
import { AccessSettings } from "./access-settings.tsx";
import { PageSettings } from "./page-settings.tsx";
import { SettingRow } from "./setting-row.tsx";
import { groupDefinitions, readDefinitions } from "./schema.ts";

export default function SettingsView(): React.JSX.Element {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const settings = useQuery({ queryKey: ["settings"], queryFn: () => client.call("showSettings", {}) });
  const schema = useQuery({
    queryKey: ["settings-schema"],
    queryFn: () => client.call("showSettingsSchema", {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const definitions = useMemo(() => readDefinitions(schema.data ?? {}), [schema.data]);
  const groups = useMemo(() => groupDefinitions(definitions, search), [definitions, search]);
  if (settings.isError) return <Notice title={t("failed")} text={describeError(settings.error)} />;
  return (
    <section className="h-full overflow-auto p-4" aria-labelledby="settings-title">
      <div className="max-w-3xl mx-auto flex flex-col gap-6">
        <div className="flex flex-wrap items-center gap-3">
          <h1 id="settings-title" className="text-lg font-semibold flex-1">
            {t("settings.title")}
          </h1>
          <input
            type="search"
            className="field max-w-72"
            placeholder={t("settings.search")}
            aria-label={t("settings.search")}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        {search === "" && <PageSettings />}
        {settings.data !== undefined &&
          [...groups].map(([group, members]) => (
            <section key={group} className="flex flex-col gap-4" aria-label={t(`settings.group.${group}`, group)}>
              <h2 className="font-semibold border-b border-line pb-1">{t(`settings.group.${group}`, group)}</h2>
              {members.map((definition) => (
                <SettingRow
                  key={definition.key}
                  definition={definition}
                  value={settings.data.values[definition.key]}
                  origin={settings.data.origins[definition.key] ?? "default"}
                />
              ))}
            </section>
          ))}
        {search === "" && <AccessSettings />}
        {search !== "" && groups.size === 0 && <Notice title={t("settings.nothingFound")} />}
      </div>
    </section>
  );
}
