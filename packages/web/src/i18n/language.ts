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
const LOADERS: Readonly<Record<string, () => Promise<{ readonly default: object }>>> = {
  de: () => import("./de.json"),
  fr: () => import("./fr.json"),
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
  const load = LOADERS[known];
  if (load !== undefined && !translations.hasResourceBundle(known, "translation")) {
    translations.addResourceBundle(known, "translation", (await load()).default);
  }
  await translations.changeLanguage(known);
  document.documentElement.lang = known;
  document.documentElement.dir = RTL.has(known) ? "rtl" : "ltr";
}

export async function chooseLanguage(code: string): Promise<void> {
  localStorage.setItem(KEY, code);
  await setLanguage(code);
}

function preferred(): string {
  const codes = navigator.languages.map((language) => language.split("-")[0] ?? "");
  return codes.find((code) => LANGUAGES.some(([known]) => known === code)) ?? "en";
}
