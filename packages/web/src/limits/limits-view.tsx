/** How fast things may be: the tree of limits, alternative limits, and the week in which they are on. */
import { useTranslation } from "react-i18next";
import { describeError } from "../live/client.ts";
import { SettingRow } from "../settings/setting-row.tsx";
import { useSettings } from "../settings/use-settings.ts";
import { Notice } from "../ui/notice.tsx";
import { LimitTreeView } from "./limit-tree-view.tsx";

const ALTERNATIVE: readonly string[] = [
  "limits.alternative",
  "limits.alternative_down",
  "limits.alternative_up",
  "limits.schedule",
];

export default function LimitsView(): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <section className="h-full overflow-auto p-4 flex flex-col gap-4" aria-labelledby="limits-title">
      <h1 id="limits-title" className="text-lg font-semibold">
        {t("nav.limits")}
      </h1>
      <LimitTreeView />
      <AlternativeLimits />
    </section>
  );
}

function AlternativeLimits(): React.JSX.Element {
  const { t } = useTranslation();
  const { definitions, settings, error } = useSettings();
  if (error !== null) return <Notice title={t("failed")} text={describeError(error)} />;
  return (
    <section className="card flex flex-col gap-4" aria-label={t("status.alternative")}>
      <h2 className="font-semibold text-base">{t("status.alternative")}</h2>
      <div className="grid gap-4 md:grid-cols-3">
        {settings !== undefined &&
          ALTERNATIVE.map((key) => {
            const definition = definitions.find((each) => each.key === key);
            if (definition === undefined) return undefined;
            const isWide = key === "limits.schedule";
            return (
              <div key={key} className={isWide ? "md:col-span-3 min-w-0" : "min-w-0"}>
                <SettingRow
                  definition={definition}
                  value={settings.values[key]}
                  origin={settings.origins[key] ?? "default"}
                />
              </div>
            );
          })}
      </div>
    </section>
  );
}
