/**
 * What clients send, read as Transmission reads it: a name may be spelled either way, and what is missing or of the wrong
 * type is as if it were not there.
 */
import { canonicalName } from "./names.ts";

export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;

  /** Anything that is no object counts as empty: there are clients that send a number. */
  constructor(value: unknown) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    this.#values = new Map(isObject ? Object.entries(value).map(([name, each]) => [canonicalName(name), each]) : []);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get names(): Iterable<string> {
    return this.#values.keys();
  }

  raw(name: string): unknown {
    return this.#values.get(name);
  }

  /** A number or a boolean: old clients write 0 and 1 for both. */
  bool(name: string): boolean | undefined {
    const value = this.#values.get(name);
    if (typeof value === "boolean") return value;
    return value === 0 || value === 1 ? value === 1 : undefined;
  }

  int(name: string): number | undefined {
    const value = this.number(name);
    return value === undefined ? undefined : Math.trunc(value);
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** The numbers of a list; undefined when there is no list. */
  ints(name: string): readonly number[] | undefined {
    return this.#list(name)?.filter((each) => typeof each === "number" && Number.isInteger(each)) as
      | readonly number[]
      | undefined;
  }

  /** The strings of a list; undefined when there is no list. */
  texts(name: string): readonly string[] | undefined {
    return this.#list(name)?.filter((each) => typeof each === "string");
  }

  #list(name: string): readonly unknown[] | undefined {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : undefined;
  }
}
