/**
 * Every setting, once: the source of types, validation, the config file's reference in the guide, and the settings page.
 * A definition is JSON schema (2020-12) with a few words of ours. Keys are those of the config file: "downloads.folder"
 * is `folder` in the table `[downloads]`.
 */
import { API_SETTINGS } from "./definitions-api.ts";
import { LIMIT_SETTINGS } from "./definitions-limits.ts";
import { SERVICE_SETTINGS } from "./definitions-service.ts";

export interface SettingDefinition {
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  readonly title: string;
  /** Sentences: what it does, and what its ends mean. */
  readonly description: string;
  readonly default: string | number | boolean | readonly string[] | readonly object[];
  readonly unit?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: object;
  readonly maxItems?: number;
  /** PROMISES C3: it widens power, so that an API asks for the password again. */
  readonly needsSudo?: true;
  /** It can only be set in the config file, the environment or on the command line. */
  readonly isFileOnly?: true;
  /** A change acts after the next start. */
  readonly needsRestart?: true;
}

type Definitions = typeof SERVICE_SETTINGS & typeof LIMIT_SETTINGS & typeof API_SETTINGS;

export type SettingKey = keyof Definitions;

/** What a definition's values look like. */
type ValueOf<D> = D extends { readonly enum: readonly (infer E)[] }
  ? E
  : D extends { readonly type: "integer" | "number" }
    ? number
    : D extends { readonly type: "boolean" }
      ? boolean
      : D extends { readonly type: "string" }
        ? string
        : D extends { readonly items: { readonly type: "object" } }
          ? readonly Readonly<Record<string, unknown>>[]
          : readonly string[];

/** All settings by key, with the types that their definitions say. */
export type Settings = { readonly [K in SettingKey]: ValueOf<Definitions[K]> };

export const SETTINGS: Readonly<Record<SettingKey, SettingDefinition>> = {
  ...SERVICE_SETTINGS,
  ...LIMIT_SETTINGS,
  ...API_SETTINGS,
};
