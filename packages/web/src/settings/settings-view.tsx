/** Every setting from the daemon's schema, with its unit, range, default and effect; searched, changed one at a time. */
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";
import { AccessSettings } from "./access-settings.tsx";
import { PageSettings } from "./page-settings.tsx";
import { groupDefinitions } from "./schema.ts";
import { SettingRow } from "./setting-row.tsx";
import { useSettings } from "./use-settings.ts";

export default function SettingsView(): React.JSX.Element {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const { definitions, settings, error } = useSettings();
  const groups = useMemo(() => groupDefinitions(definitions, search), [definitions, search]);
  const body = useRef<HTMLDivElement>(null);
  if (error !== null) return <Notice title={t("failed")} text={describeError(error)} />;
  const parts = ["page", ...groups.keys(), "access"];
  const show = (part: string): void => {
    body.current?.querySelector(`[data-part="${CSS.escape(part)}"]`)?.scrollIntoView({ block: "start" });
  };
  return (
    <section className="h-full flex" aria-labelledby="settings-title">
      <PartList parts={search === "" ? parts : [...groups.keys()]} onShow={show} />
      <div ref={body} className="flex-1 min-w-0 overflow-auto p-4">
        <div className="max-w-3xl mx-auto flex flex-col gap-4">
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
          {settings !== undefined &&
            [...groups].map(([group, members]) => (
              <section key={group} data-part={group} className="card flex flex-col gap-5" aria-label={nameOf(group, t)}>
                <h2 className="font-semibold text-base">{nameOf(group, t)}</h2>
                {members.map((definition) => (
                  <SettingRow
                    key={definition.key}
                    definition={definition}
                    value={settings.values[definition.key]}
                    origin={settings.origins[definition.key] ?? "default"}
                  />
                ))}
              </section>
            ))}
          {search === "" && <AccessSettings />}
          {search !== "" && groups.size === 0 && <Notice title={t("settings.nothingFound")} />}
        </div>
      </div>
    </section>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

function nameOf(part: string, t: Translate): string {
  if (part === "page") return t("settings.page");
  return part === "access" ? t("access.title") : t(`settings.group.${part}`, part);
}

interface PartListProps {
  readonly parts: readonly string[];
  readonly onShow: (part: string) => void;
}

/** Jumps to a part of what is below it; there is no room for it on narrow pages. */
function PartList({ parts, onShow }: PartListProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("settings.parts")}
      className="hidden lg:flex w-60 shrink-0 flex-col gap-px p-2 border-e border-line bg-panel overflow-auto"
    >
      {parts.map((part) => (
        <button
          key={part}
          type="button"
          className="px-2 min-h-8 rounded-md text-start hover:bg-hover"
          onClick={() => onShow(part)}
        >
          {nameOf(part, t)}
        </button>
      ))}
    </nav>
  );
}
