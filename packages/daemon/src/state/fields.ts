/** Reads a JSON document that may be older, newer or damaged: what is not of the wanted kind is not there. */
import { TorrentialError } from "@torrential/core";

export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;

  private constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object;
  }

  /** Throws TorrentialError "record-invalid" unless the text is a JSON object. */
  static parse(text: string): Fields {
    try {
      return Fields.of(JSON.parse(text));
    } catch (cause) {
      if (cause instanceof TorrentialError) throw cause;
      throw new TorrentialError("record-invalid", `record: ${text.length} characters that are no JSON`, { cause });
    }
  }

  /** Throws TorrentialError "record-invalid" unless the value is an object. */
  static of(value: unknown): Fields {
    if (isObject(value)) return new Fields(value);
    throw new TorrentialError("record-invalid", `record: got ${typeof value}, wanted an object`);
  }

  text(key: string): string | undefined {
    const value = this.#get(key);
    return typeof value === "string" ? value : undefined;
  }

  /** Finite. */
  number(key: string): number | undefined {
    const value = this.#get(key);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** Not negative. Throws TorrentialError "record-invalid". */
  needInteger(key: string): number {
    const value = this.number(key);
    if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value;
    throw new TorrentialError(
      "record-invalid",
      `record: got ${JSON.stringify(this.#get(key))} for ${key}, wanted an integer`,
    );
  }

  flag(key: string): boolean {
    return this.#get(key) === true;
  }

  oneOf<T extends string | number>(key: string, values: readonly T[]): T | undefined {
    const value = this.#get(key);
    return values.find((each) => each === value);
  }

  texts(key: string): readonly string[] {
    return this.#list(key).filter((each) => typeof each === "string");
  }

  /** Every member that is text. */
  allTexts(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.#object).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
    );
  }

  numbers(key: string): readonly number[] {
    return this.#list(key).filter((each) => typeof each === "number");
  }

  textLists(key: string): readonly (readonly string[])[] {
    const lists = this.#list(key).map((each) =>
      Array.isArray(each) ? each.filter((text) => typeof text === "string") : [],
    );
    return lists.filter((list) => list.length > 0);
  }

  /** Undefined unless there is an object. */
  child(key: string): Fields | undefined {
    const value = this.#get(key);
    return isObject(value) ? new Fields(value) : undefined;
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#get(key);
    return Array.isArray(value) ? value : [];
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
