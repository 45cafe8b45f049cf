/** Values inside of torrents as JSON, with every name spelled as the dialect has it. */
import type { Spelling } from "./names.ts";

/** One for each request: what it has spelled once is not spelled again for the next of ten thousand torrents. */
export class SpelledJson {
  readonly #spelling: Spelling;
  readonly #heads = new Map<string, string>();

  constructor(spelling: Spelling) {
    this.#spelling = spelling;
  }

  // hot
  write(value: unknown): string {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
    if (Array.isArray(value)) return this.#writeList(value);
    if (typeof value === "object" && value !== null) return this.#writeObject(value);
    return typeof value === "boolean" ? String(value) : "null";
  }

  #writeList(values: readonly unknown[]): string {
    let text = "[";
    for (let index = 0; index < values.length; index++) text += (index === 0 ? "" : ",") + this.write(values[index]);
    return `${text}]`;
  }

  #writeObject(object: object): string {
    let text = "";
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined) continue;
      text += (text === "" ? "{" : ",") + this.#head(name) + this.write(value);
    }
    return text === "" ? "{}" : `${text}}`;
  }

  #head(name: string): string {
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const head = `${JSON.stringify(this.#spelling(name))}:`;
    this.#heads.set(name, head);
    return head;
  }
}
