/** Text that others wrote, made fit for a terminal (PROMISES C6). */

// C0, DEL, C1, and what changes the direction of text or breaks lines: a terminal or a reader could be fooled by them.
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** One line without control characters; line breaks and tabs become spaces. */
export function toLine(text: string): string {
  return text.replaceAll(/[\t\r\n\u2028\u2029]+/g, " ").replaceAll(UNSAFE, "");
}

/** JSON of one value on one line, with nothing in it that a terminal would act upon. Absent fields are null. */
export function toJson(value: unknown): string {
  // JSON knows no undefined, and whoever reads it in another language should find every field.
  const text = JSON.stringify(value, (_key, field: unknown) => (field === undefined ? null : field));
  return text.replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Columns of a terminal that a line takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += ZERO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** The text in exactly `columns` columns: cut in the middle, where names differ least, or filled up with spaces. */
export function fitTo(text: string, columns: number, ellipsis: string): string {
  const width = widthOf(text);
  if (width <= columns) return text + " ".repeat(columns - width);
  const room = columns - widthOf(ellipsis);
  if (room <= 0) return ".".repeat(Math.max(0, columns));
  const chars = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  const tail = takeColumns(chars.toReversed(), Math.floor(room / 3)).toReversed();
  const head = takeColumns(chars, room - widthOf(tail.join("")));
  const cut = head.join("") + ellipsis + tail.join("");
  return cut + " ".repeat(columns - widthOf(cut));
}

function takeColumns(chars: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const char of chars) {
    width += widthOf(char);
    if (width > columns) break;
    taken.push(char);
  }
  return taken;
}
