/** Settings of this browser alone: language and theme; and a magnet link handler. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { readTheme, setTheme, type Theme } from "../app/theme.ts";
import { chooseLanguage, LANGUAGES } from "../i18n/language.ts";
import { Labelled } from "../ui/labelled.tsx";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function PageSettings(): React.JSX.Element {
  const { t, i18n } = useTranslation();
  const [theme, choose] = useState(readTheme);
  const registerMagnets = (): void => {
    navigator.registerProtocolHandler("magnet", `${new URL(".", document.baseURI).href}?add=%s`);
  };
  return (
    <section data-part="page" className="card flex flex-col gap-4" aria-label={t("settings.page")}>
      <h2 className="font-semibold text-base">{t("settings.page")}</h2>
      <div className="grid gap-4 sm:grid-cols-2">
        <Labelled label={t("settings.language")}>
          {(ids) => (
            <select
              {...ids}
              className="field"
              value={i18n.language}
              onChange={(event) => void chooseLanguage(event.target.value)}
            >
              {LANGUAGES.map(([code, name]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Labelled>
        <Labelled label={t("settings.theme")}>
          {(ids) => (
            <select
              {...ids}
              className="field"
              value={theme}
              onChange={(event) => {
                const chosen = THEMES.find((each) => each === event.target.value) ?? "system";
                setTheme(chosen);
                choose(chosen);
              }}
            >
              {THEMES.map((each) => (
                <option key={each} value={each}>
                  {t(`theme.${each}`)}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </div>
      {"registerProtocolHandler" in navigator && (
        <button type="button" className="button self-start" onClick={registerMagnets}>
          {t("settings.magnetHandler")}
        </button>
      )}
    </section>
  );
}
