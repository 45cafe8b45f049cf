/** Lines at the bottom of a terminal that are drawn again and again, with other lines passing above them. */
import type { Output } from "./reporter.ts";

const ERASE_LINE = "\u001b[2K";
const ERASE_BELOW = "\u001b[J";

export class LiveBlock {
  readonly #output: Output;
  #lines: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows these lines in place of the last ones. Each must fit the terminal's width. */
  draw(lines: readonly string[]): void {
    const shorter = this.#lines.length > lines.length ? ERASE_BELOW : "";
    const text = lines.map((line) => `${ERASE_LINE}${line}\n`).join("");
    this.#output.write(this.#up() + text + shorter);
    this.#lines = lines;
  }

  /** Lets `print` write lines that stay, above the block. */
  printAbove(print: () => void): void {
    if (this.#lines.length > 0) this.#output.write(this.#up() + ERASE_BELOW);
    print();
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length > 0) this.draw(lines);
  }

  #up(): string {
    return this.#lines.length === 0 ? "" : `\u001b[${this.#lines.length}A\r`;
  }
}
