/**
 * Ties a schema to the type that it describes. Types are written out, so that editors show words and a client needs no
 * schema library; schemas stand beside them, and the compiler refuses a pair that does not agree.
 */
import { type Static, type TSchema, Type } from "typebox";

declare const described: unique symbol;

/** A JSON schema (2020-12) whose valid values are `T`. */
export type SchemaOf<T> = TSchema & { readonly [described]?: T };

/** A type without `readonly` and without `undefined` in optional fields: JSON has neither. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T;

type Agrees<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never;

/** `schemaOf<T>()(schema)`: the schema, when it says the same as `T`. */
export function schemaOf<T>(): <S extends TSchema>(schema: S & Agrees<Plain<Static<S>>, Plain<T>>) => SchemaOf<T> {
  return (schema) => schema;
}

/** One of these words. */
export function words<const Words extends readonly string[]>(
  list: Words,
  options: { readonly description?: string; readonly default?: Words[number] } = {},
): ReturnType<typeof Type.Unsafe<Words[number]>> {
  return Type.Unsafe<Words[number]>({ type: "string", enum: list, ...options });
}
