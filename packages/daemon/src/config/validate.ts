/** Checks one value against its definition, and says in a sentence what is wrong. */
import { Compile } from "typebox/compile";
import type { SettingDefinition } from "./definitions.ts";

interface Check {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

const compiled = new Map<SettingDefinition, Check>();

/** What is wrong; undefined when nothing is. */
export function checkSetting(definition: SettingDefinition, value: unknown): string | undefined {
  const check = compiled.get(definition) ?? Compile({ ...definition });
  compiled.set(definition, check);
  if (check.Check(value)) return undefined;
  const [error] = check.Errors(value);
  const where = error === undefined || error.instancePath === "" ? "" : ` at ${error.instancePath.slice(1)}`;
  const text = JSON.stringify(value) ?? "nothing";
  const got = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return `got ${got}${where}, which ${error?.message ?? "does not fit"}${wanted(definition)}`;
}

function wanted(definition: SettingDefinition): string {
  if (definition.enum !== undefined) return `; wanted ${definition.enum.join(" or ")}`;
  if (definition.minimum !== undefined && definition.maximum !== undefined) {
    return `; wanted ${definition.minimum} to ${definition.maximum}`;
  }
  return `; wanted ${definition.type}`;
}
