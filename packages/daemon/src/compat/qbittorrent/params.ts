/** Parameters of a request, from its query or its form, read as leniently as the original reads them. */
import { QbError } from "./http.ts";

export class Params {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Undefined when it is not there; "" counts. */
  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Throws QbError 400 when it is not there. */
  required(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new QbError(400, `Missing required parameter: ${name}`);
    return value;
  }

  /** In any case, as .NET programs write it; anything else is as if it were not there. */
  bool(name: string): boolean | undefined {
    const value = this.#values.get(name)?.trim().toLowerCase();
    if (value === "true") return true;
    return value === "false" ? false : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name)?.trim();
    if (value === undefined || value === "") return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  }

  int(name: string): number | undefined {
    const number = this.number(name);
    return number === undefined ? undefined : Math.trunc(number);
  }

  /** As Qt's `toLongLong` reads it: 0 for what is no whole number. */
  long(name: string): number {
    const number = Number(this.#values.get(name)?.trim() ?? "");
    return Number.isSafeInteger(number) ? number : 0;
  }

  /** Parts that are not empty; an absent parameter has none. */
  list(name: string, separator: string | RegExp): readonly string[] {
    return (this.#values.get(name) ?? "")
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
}
