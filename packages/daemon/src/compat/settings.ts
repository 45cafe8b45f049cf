/** Reading settings by key where another program's names stand for them: of the type that is wanted, or a default. */
import type { SettingValue } from "../service/service.ts";

/** The engine's own, as long as no setting says another (PROMISES, limits to start from). */
export const CONNECTIONS_MAX = 500;
export const TORRENT_CONNECTIONS_MAX = 100;

export type SettingValues = Readonly<Record<string, SettingValue>>;

export function textSetting(settings: SettingValues, key: string): string {
  const value = settings[key];
  return typeof value === "string" ? value : "";
}

export function numberSetting(settings: SettingValues, key: string, absent = 0): number {
  const value = settings[key];
  return typeof value === "number" ? value : absent;
}

/** Strings of a list. */
export function listSetting(settings: SettingValues, key: string): readonly string[] {
  const value = settings[key];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((each) => typeof each === "string") : [];
}

/** The command of the first hook that runs at this event (PROMISES C3: hooks are in the config file only). */
export function hookSetting(settings: SettingValues, event: string): readonly string[] {
  const hooks = settings["hooks"];
  if (!Array.isArray(hooks)) return [];
  for (const hook of hooks as readonly unknown[]) {
    if (typeof hook !== "object" || hook === null || !("on" in hook) || !("command" in hook)) continue;
    const { on, command } = hook;
    if (Array.isArray(on) && on.includes(event) && Array.isArray(command)) return command.map(String);
  }
  return [];
}
