/** Reads settings from the places that people write them: a TOML file, environment variables, `--set key=value`. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TorrentialError } from "@torrential/core";
import { parse } from "smol-toml";
import { definitionOf, isSettingKey, type RawSettings, SETTING_KEYS } from "./settings.ts";

const FILE_NAME = "torrential.toml";
const ENV_PREFIX = "TORRENTIAL_";
/** Far above any config that a person wrote. */
const FILE_MAX_BYTES = 1024 * 1024;

/** `$XDG_CONFIG_HOME/torrential/torrential.toml`. */
export function defaultConfigPath(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CONFIG_HOME"];
  const folder = base !== undefined && base.startsWith("/") ? base : join(homedir(), ".config");
  return join(folder, "torrential", FILE_NAME);
}

/** The file's settings by dotted key; none when `path` does not exist and need not. Throws "config-invalid". */
export function readConfigFile(path: string, options: { readonly mustExist: boolean }): RawSettings {
  if (!options.mustExist && !existsSync(path)) return {};
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TorrentialError("config-invalid", `The config file ${path} cannot be read: ${why}`, { cause });
  }
  if (text.length > FILE_MAX_BYTES)
    throw new TorrentialError("config-invalid", `The config file ${path} is larger than 1 MiB`);
  try {
    return flatten(parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, " ") : String(cause);
    throw new TorrentialError("config-invalid", `The config file ${path} is no TOML: ${why}`, { cause });
  }
}

/** Tables become dots, until a key is a setting. */
function flatten(table: object, prefix = ""): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(table)) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
    if (isTable && !isSettingKey(key)) Object.assign(flat, flatten(value, key));
    else flat[key] = typeof value === "bigint" ? Number(value) : value;
  }
  return flat;
}

/** TORRENTIAL_DOWNLOADS_FOLDER sets "downloads.folder". */
export function readEnvironment(env: NodeJS.ProcessEnv): RawSettings {
  const settings: Record<string, unknown> = {};
  for (const key of SETTING_KEYS) {
    const text = env[ENV_PREFIX + key.replaceAll(".", "_").toUpperCase()];
    if (text !== undefined) settings[key] = parseValue(key, text);
  }
  return settings;
}

/** Each is `key=value`. Throws "config-invalid". */
export function readAssignments(assignments: readonly string[]): RawSettings {
  const settings: Record<string, unknown> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf("=");
    if (at <= 0) throw new TorrentialError("config-invalid", `--set ${assignment}: wanted KEY=VALUE`);
    const key = assignment.slice(0, at).trim();
    settings[key] = parseValue(key, assignment.slice(at + 1));
  }
  return settings;
}

/** Text as the setting's type wants it; what does not fit is left as it is, for the check to complain of. */
function parseValue(key: string, text: string): unknown {
  if (!isSettingKey(key)) return text;
  const { type } = definitionOf(key);
  if (type === "string") return text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type === "integer" || type === "number")
    return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  if (text.trim() === "") return [];
  if (text.trimStart().startsWith("[")) return parseArray(text);
  return text.split(",").map((part) => part.trim());
}

function parseArray(text: string): unknown {
  try {
    return parse(`value = ${text}`)["value"];
  } catch {
    // No array after all: the check says so, with the text.
    return text;
  }
}
