/** Server-sent events out of text, as it comes (WHATWG HTML, "Server-sent events"). */

export interface ServerSentEvent {
  /** "message" when the server named none. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream gave. */
  readonly id: string;
}

/** More than any event of ours: whoever sends more is no server of ours. */
const BUFFER_MAX = 16 * 1024 * 1024;

export class SseParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";
  #retryMs: number | undefined;

  /** What the server wants between connections. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** The events that are whole with this piece of text. Throws RangeError when a line is longer than any of ours. */
  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    this.#rest += text;
    if (this.#rest.length > BUFFER_MAX)
      throw new RangeError(`event stream: a line of more than ${BUFFER_MAX} characters`);
    let start = 0;
    for (;;) {
      const end = this.#findLineEnd(start);
      if (end === undefined) break;
      const event = this.#handleLine(this.#rest.slice(start, end.at));
      if (event !== undefined) events.push(event);
      start = end.next;
    }
    this.#rest = this.#rest.slice(start);
    return events;
  }

  #findLineEnd(start: number): { readonly at: number; readonly next: number } | undefined {
    for (let at = start; at < this.#rest.length; at++) {
      const char = this.#rest[at];
      if (char === "\n") return { at, next: at + 1 };
      if (char !== "\r") continue;
      // Whether "\n" follows is known with the next piece only.
      if (at + 1 === this.#rest.length) return undefined;
      return { at, next: this.#rest[at + 1] === "\n" ? at + 2 : at + 1 };
    }
    return undefined;
  }

  #handleLine(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const hasData = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    return hasData ? event : undefined;
  }
}
