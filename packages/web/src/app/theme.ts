/** Light, dark, or as the system says: kept in this browser, set on the document before anything is drawn. */
export type Theme = "light" | "dark" | "system";

const KEY = "torrential.theme";
const THEMES: readonly string[] = ["light", "dark", "system"];

export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY) ?? "system";
  return isTheme(stored) ? stored : "system";
}

export function startTheme(): void {
  applyTheme(readTheme());
  darkQuery().addEventListener("change", () => applyTheme(readTheme()));
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme(theme);
}

function applyTheme(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "system" && darkQuery().matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
}

function darkQuery(): MediaQueryList {
  return matchMedia("(prefers-color-scheme: dark)");
}

function isTheme(text: string): text is Theme {
  return THEMES.includes(text);
}
