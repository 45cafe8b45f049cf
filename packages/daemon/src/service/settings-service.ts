/** Settings at run time: layers from file, environment and command line, and what an API set, which is in the database. */
import { TorrentialError } from "@torrential/core";
import type { Settings } from "../config/definitions.ts";
import {
  checkLayer,
  definitionOf,
  isSettingKey,
  mergeSettings,
  type RawSettings,
  type SettingOrigin,
  type SettingSource,
  settingsSchema,
  SETTING_KEYS,
} from "../config/settings.ts";
import type { StateStore } from "../state/state-store.ts";
import { ServiceError } from "./errors.ts";
import type { SettingsService, SettingValue } from "./service.ts";

export interface SettingsDeps {
  readonly store: StateStore;
  /** Checked. */
  readonly layers: ReadonlyMap<SettingSource, RawSettings>;
  /** The config file as it is now, checked. Throws TorrentialError "config-invalid". */
  readonly readFile: () => RawSettings;
  readonly onChanged: (keys: readonly string[]) => void;
}

export class SettingsStore implements SettingsService {
  readonly #deps: SettingsDeps;
  readonly #layers: Map<SettingSource, RawSettings>;
  #merged: ReturnType<typeof mergeSettings>;

  constructor(deps: SettingsDeps) {
    this.#deps = deps;
    this.#layers = new Map([...deps.layers, ["api", readSaved(deps.store)]]);
    this.#merged = mergeSettings(this.#layers);
  }

  get current(): Settings {
    return this.#merged.settings;
  }

  all(): Readonly<Record<string, SettingValue>> {
    return this.#merged.settings;
  }

  origin(key: string): SettingOrigin {
    return (isSettingKey(key) ? this.#merged.origins.get(key) : undefined) ?? "default";
  }

  schema(): Readonly<Record<string, unknown>> {
    return settingsSchema();
  }

  async update(patch: RawSettings, options: { readonly isSudo: boolean }): Promise<void> {
    for (const [key, value] of Object.entries(patch)) this.#check(key, value, options.isSudo);
    const before = this.#layers.get("api") ?? {};
    await this.#deps.store.write(
      ...Object.entries(patch).map(([key, value]) => ({
        sql: "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
        params: [key, JSON.stringify(value)],
      })),
    );
    this.#setLayer("api", { ...before, ...patch });
  }

  reload(): Promise<readonly string[]> {
    try {
      return Promise.resolve(this.#setLayer("file", this.#deps.readFile()));
    } catch (cause) {
      if (!(cause instanceof TorrentialError)) throw cause;
      return Promise.reject(new ServiceError("invalid", cause.message, { cause }));
    }
  }

  #check(key: string, value: unknown, isSudo: boolean): void {
    if (!isSettingKey(key)) throw new ServiceError("not-found", `There is no setting ${key}`);
    const definition = definitionOf(key);
    const origin = this.origin(key);
    if (definition.isFileOnly === true) {
      throw new ServiceError(
        "forbidden",
        `${key} can only be set in the config file, the environment or on the command line`,
      );
    }
    if (origin !== "default" && origin !== "api") {
      throw new ServiceError("forbidden", `${key} is fixed by the ${origin === "file" ? "config file" : origin}`);
    }
    if (definition.needsSudo === true && !isSudo) {
      throw new ServiceError("forbidden", `${key} widens what the daemon may do: give the password again`);
    }
    try {
      checkLayer("api", { [key]: value });
    } catch (cause) {
      if (!(cause instanceof TorrentialError)) throw cause;
      throw new ServiceError("invalid", cause.message, { cause });
    }
  }

  /** The keys whose value is another now. */
  #setLayer(source: SettingSource, layer: RawSettings): readonly string[] {
    const before = this.#merged.settings;
    this.#layers.set(source, layer);
    this.#merged = mergeSettings(this.#layers);
    const after = this.#merged.settings;
    const keys = SETTING_KEYS.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
    if (keys.length > 0) this.#deps.onChanged(keys);
    return keys;
  }
}

/** What does not fit any more, as after a downgrade or damage, is as if it had never been set. */
function readSaved(store: StateStore): RawSettings {
  const saved: Record<string, unknown> = {};
  for (const row of store.all("SELECT key, value FROM settings")) {
    try {
      const layer = { [String(row["key"])]: JSON.parse(String(row["value"])) as unknown };
      checkLayer("api", layer);
      Object.assign(saved, layer);
    } catch {
      continue;
    }
  }
  return saved;
}
