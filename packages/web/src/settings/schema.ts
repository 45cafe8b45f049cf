/** The settings' JSON schema, as far as the page draws it. */
export interface SettingDefinition {
  readonly key: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  readonly title: string;
  readonly description: string;
  readonly default: unknown;
  readonly unit?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** A list of texts can be edited as lines; lists of anything else are shown. */
  readonly isTextList: boolean;
  readonly needsSudo: boolean;
  readonly needsRestart: boolean;
  readonly isFileOnly: boolean;
}

const TYPES: readonly string[] = ["string", "integer", "number", "boolean", "array"];

export function readDefinitions(schema: Readonly<Record<string, unknown>>): readonly SettingDefinition[] {
  return Object.entries(asRecord(schema["properties"])).flatMap(([key, value]) => {
    const definition = readDefinition(key, asRecord(value));
    return definition === undefined ? [] : [definition];
  });
}

function readDefinition(key: string, raw: Readonly<Record<string, unknown>>): SettingDefinition | undefined {
  const { type } = raw;
  if (!isType(type)) return undefined;
  return {
    key,
    type,
    title: asText(raw["title"]) ?? key,
    description: asText(raw["description"]) ?? "",
    default: raw["default"],
    unit: asText(raw["unit"]),
    choices: Array.isArray(raw["enum"]) ? raw["enum"].map(String) : undefined,
    minimum: asNumber(raw["minimum"]),
    maximum: asNumber(raw["maximum"]),
    isTextList: type === "array" && asRecord(raw["items"])["type"] === "string",
    needsSudo: raw["needsSudo"] === true,
    needsRestart: raw["needsRestart"] === true,
    isFileOnly: raw["isFileOnly"] === true,
  };
}

function isType(value: unknown): value is SettingDefinition["type"] {
  return typeof value === "string" && TYPES.includes(value);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** By the part before the dot, in the order of the schema; those that have all words of `search`. */
export function groupDefinitions(
  definitions: readonly SettingDefinition[],
  search: string,
): ReadonlyMap<string, readonly SettingDefinition[]> {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = definitions.filter(({ key, title, description }) => {
    const text = `${key} ${title} ${description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return Map.groupBy(found, ({ key }) => key.split(".")[0] ?? key);
}
