/** Languages: English in the first load, others when they are chosen. */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

export const LANGUAGES: readonly (readonly [code: string, name: string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["fr", "Français"],
];

const KEY = "torrential.language";
const RTL: ReadonlySet<string> = new Set(["ar", "fa", "he", "ur"]);
type Loader = () => Promise<{ readonly default: object }>;

/** The page's own words, and those that the daemon says in English: names of settings, reasons, remedies. */
const LOADERS: Readonly<Record<string, { readonly translation: Loader; readonly daemon: Loader }>> = {
  de: { translation: () => import("./de.json"), daemon: () => import("./daemon-de.json") },
  fr: { translation: () => import("./fr.json"), daemon: () => import("./daemon-fr.json") },
};

const translations: i18n = i18next.createInstance();

export async function startLanguage(): Promise<void> {
  await translations.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  await setLanguage(localStorage.getItem(KEY) ?? preferred());
}

export async function setLanguage(code: string): Promise<void> {
  const known = LANGUAGES.some(([each]) => each === code) ? code : "en";
  const loaders = Object.entries(LOADERS[known] ?? {});
  await Promise.all(
    loaders.map(async ([namespace, load]) => {
      if (translations.hasResourceBundle(known, namespace)) return;
      translations.addResourceBundle(known, namespace, (await load()).default);
    }),
  );
  await translations.changeLanguage(known);
  document.documentElement.lang = known;
  document.documentElement.dir = RTL.has(known) ? "rtl" : "ltr";
}

export async function chooseLanguage(code: string): Promise<void> {
  localStorage.setItem(KEY, code);
  await setLanguage(code);
}

/** Words for those who are no component; `fallback` where there are none. */
export function translate(key: string, fallback: string): string {
  return translations.t(key, { defaultValue: fallback });
}

function preferred(): string {
  const codes = navigator.languages.map((language) => language.split("-")[0] ?? "");
  return codes.find((code) => LANGUAGES.some(([known]) => known === code)) ?? "en";
}
