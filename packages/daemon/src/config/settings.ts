/** The present settings: defaults, then what an API set, then file, environment and command line; later ones win. */
import { TorrentialError } from "@torrential/core";
import { type SettingDefinition, type SettingKey, type Settings, SETTINGS } from "./definitions.ts";
import { checkSetting } from "./validate.ts";

export type SettingSource = "api" | "file" | "environment" | "command";
export type SettingOrigin = "default" | SettingSource;
/** Values as they came, by key; checked before they are used. */
export type RawSettings = Readonly<Record<string, unknown>>;

const SOURCES: readonly SettingSource[] = ["api", "file", "environment", "command"];
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter((key) => isSettingKey(key));

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

export function definitionOf(key: SettingKey): SettingDefinition {
  return SETTINGS[key];
}

/** Throws TorrentialError "config-invalid" for a key that does not exist or a value that does not fit. */
export function checkLayer(source: SettingSource, layer: RawSettings): void {
  for (const [key, value] of Object.entries(layer)) {
    if (!isSettingKey(key)) {
      throw new TorrentialError(
        "config-invalid",
        `The ${nameOf(source)} sets ${key}, which is no setting${suggest(key)}`,
      );
    }
    const problem = checkSetting(definitionOf(key), value);
    if (problem !== undefined) {
      throw new TorrentialError("config-invalid", `The ${nameOf(source)} sets ${key}: ${problem}`);
    }
  }
}

/** The settings that layers, checked before, come to. */
export function mergeSettings(layers: ReadonlyMap<SettingSource, RawSettings>): {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingKey, SettingOrigin>;
} {
  const values: Record<string, unknown> = {};
  const origins = new Map<SettingKey, SettingOrigin>();
  for (const key of SETTING_KEYS) {
    const origin = SOURCES.findLast((source) => Object.hasOwn(layers.get(source) ?? {}, key)) ?? "default";
    origins.set(key, origin);
    values[key] = origin === "default" ? definitionOf(key).default : layers.get(origin)?.[key];
  }
  return { settings: values as Settings, origins };
}

/** As JSON schema, for APIs and pages. */
export function settingsSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    properties: SETTINGS,
  };
}

function nameOf(source: SettingSource): string {
  const names = { api: "request", file: "config file", environment: "environment", command: "command line" } as const;
  return names[source];
}

function suggest(key: string): string {
  const last = key.split(".").at(-1) ?? key;
  const near = SETTING_KEYS.filter((known) => known.split(".").at(-1) === last || known.startsWith(`${key}.`));
  return near.length === 0 ? "" : `; there is ${near.slice(0, 3).join(", ")}`;
}
