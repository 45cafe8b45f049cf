/**
 * Just enough XML for what gateways send, by an iterative reader with budgets (PROMISES C9, C19): elements and their
 * text. Document types and entities of one's own are refused, so nothing expands; attributes are skipped over.
 */
import { TorrentialError } from "@torrential/core";

export interface XmlElement {
  /** Local name, without the prefix of its namespace. */
  readonly name: string;
  /** Its own text, trimmed; that of children excluded. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

export type XmlErrorCode = "xml-invalid" | "xml-too-large";

export class XmlError extends TorrentialError<XmlErrorCode> {
  constructor(code: XmlErrorCode, message: string) {
    super(code, message);
    this.name = "XmlError";
  }
}

const LENGTH_MAX = 256 * 1024;
const ELEMENTS_MAX = 5_000;
const DEPTH_MAX = 32;
const NAME_LENGTH_MAX = 128;
const TEXT_LENGTH_MAX = 64 * 1024;

interface Open {
  readonly rawName: string;
  readonly children: XmlElement[];
  text: string;
}

/** The root element. Throws XmlError. */
export function parseXml(text: string): XmlElement {
  if (text.length > LENGTH_MAX) throw new XmlError("xml-too-large", `${text.length} characters, at most ${LENGTH_MAX}`);
  return new XmlReader(text).read();
}

/** The first element of this name at any depth below, in document order. */
export function findElement(root: XmlElement, name: string): XmlElement | undefined {
  return findElements(root, name)[0];
}

/** All elements of this name at any depth below, in document order. */
export function findElements(root: XmlElement, name: string): readonly XmlElement[] {
  const found: XmlElement[] = [];
  const waiting = [...root.children].toReversed();
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.name === name) found.push(element);
    waiting.push(...[...element.children].toReversed());
  }
  return found;
}

/** The text of a child. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

/** Text as it may stand between tags. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

class XmlReader {
  readonly #text: string;
  readonly #stack: Open[] = [];
  #at = 0;
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, "");
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) {
      const tagAt = this.#text.indexOf("<", this.#at);
      const end = tagAt < 0 ? this.#text.length : tagAt;
      this.#addText(decodeReferences(this.#text.slice(this.#at, end)));
      this.#at = end;
      if (tagAt >= 0) this.#readMarkup();
    }
    if (this.#root === undefined || this.#stack.length > 0)
      throw new XmlError("xml-invalid", "the document is cut off");
    return this.#root;
  }

  #readMarkup(): void {
    if (this.#text.startsWith("<!--", this.#at)) this.#skipPast("-->");
    else if (this.#text.startsWith("<![CDATA[", this.#at)) this.#addText(this.#skipPast("]]>").slice(9, -3));
    else if (this.#text.startsWith("<!", this.#at)) throw new XmlError("xml-invalid", "document types are not read");
    else if (this.#text.startsWith("<?", this.#at)) this.#skipPast("?>");
    else if (this.#text.startsWith("</", this.#at)) this.#close(this.#skipPast(">").slice(2, -1).trim());
    else this.#open(this.#readTag());
  }

  /** Everything from here to the end of `mark`. */
  #skipPast(mark: string): string {
    const end = this.#text.indexOf(mark, this.#at);
    if (end < 0) throw new XmlError("xml-invalid", "the document is cut off");
    const skipped = this.#text.slice(this.#at, end + mark.length);
    this.#at = end + mark.length;
    return skipped;
  }

  /** A start tag without its brackets; quoted values may hold ">". */
  #readTag(): string {
    const start = this.#at + 1;
    let quote = "";
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text.charAt(at);
      if (quote !== "") {
        if (character === quote) quote = "";
      } else if (character === '"' || character === "'") {
        quote = character;
      } else if (character === ">") {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      } else if (character === "<") break;
    }
    throw new XmlError("xml-invalid", "a tag does not end");
  }

  #open(tag: string): void {
    const rawName = /^[A-Za-z_][\w.:-]*/.exec(tag)?.[0] ?? "";
    const isNamed = rawName.length > 0 && rawName.length <= NAME_LENGTH_MAX;
    if (!isNamed) throw new XmlError("xml-invalid", "a tag has no name, or an endless one");
    if (++this.#elements > ELEMENTS_MAX) throw new XmlError("xml-too-large", `more than ${ELEMENTS_MAX} elements`);
    if (this.#stack.length >= DEPTH_MAX) throw new XmlError("xml-too-large", `more than ${DEPTH_MAX} levels`);
    if (this.#root !== undefined) throw new XmlError("xml-invalid", "something follows the end");
    this.#stack.push({ rawName, children: [], text: "" });
    if (tag.endsWith("/")) this.#close(rawName);
  }

  #close(rawName: string): void {
    const open = this.#stack.pop();
    if (open?.rawName !== rawName) throw new XmlError("xml-invalid", "tags do not match");
    const name = rawName.slice(rawName.indexOf(":") + 1);
    const element: XmlElement = { name, text: open.text.trim(), children: open.children };
    const parent = this.#stack.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #addText(text: string): void {
    const open = this.#stack.at(-1);
    if (open === undefined) {
      if (text.trim() !== "") throw new XmlError("xml-invalid", "text outside of the root");
      return;
    }
    open.text += text;
    if (open.text.length > TEXT_LENGTH_MAX) throw new XmlError("xml-too-large", "a text is too long");
  }
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The five entities that XML itself has, and characters by number. Others stay as they are. */
function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (typeof name === "string") return ENTITIES.get(name) ?? whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
