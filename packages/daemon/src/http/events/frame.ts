/** Events as text on the wire, and the latest of them for who comes back (WHATWG HTML, "Server-sent events"). */
import type { ApiEvent } from "@torrential/api";

export interface Frame {
  readonly seq: number;
  readonly text: string;
}

/** `id` goes into `Last-Event-ID`: which stream, how far in it, and how far in the history. */
export function makeFrame(
  event: ApiEvent,
  at: { readonly stream: string; readonly seq: number; readonly history: number },
): Frame {
  // JSON has no line breaks, so one data line holds it.
  const text = `id: ${at.stream}.${at.seq}.${at.history}\nevent: ${event.type}\ndata: ${write(event)}\n\n`;
  return { seq: at.seq, text };
}

/** An event that goes to many is written once. */
const written = new WeakMap<ApiEvent, string>();

function write(event: ApiEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const { type, ...data } = event;
  const text = JSON.stringify({ type, ...data });
  written.set(event, text);
  return text;
}

export interface EventPosition {
  readonly stream: string;
  readonly seq: number;
  readonly history: number;
}

export function parsePosition(lastEventId: string | undefined): EventPosition | undefined {
  const match = /^([0-9a-f]{16,32})\.(\d{1,15})\.(\d{1,15})$/.exec(lastEventId ?? "");
  if (match === null) return undefined;
  return { stream: match[1] ?? "", seq: Number(match[2]), history: Number(match[3]) };
}

/** Frames that may not have arrived; the oldest go when there is too much of them. */
export class FrameLog {
  readonly #bytesMax: number;
  #frames: Frame[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += Buffer.byteLength(frame.text);
    let drop = 0;
    while (this.#bytes > this.#bytesMax && drop < this.#frames.length) {
      this.#bytes -= Buffer.byteLength(this.#frames[drop]?.text ?? "");
      drop += 1;
    }
    if (drop > 0) this.#frames = this.#frames.slice(drop);
  }

  /** Everything behind `seq`; undefined when some of that is gone. `lastSeq`: of the last frame that was made. */
  after(seq: number, lastSeq: number): readonly Frame[] | undefined {
    const frames = this.#frames.filter((frame) => frame.seq > seq);
    return frames.length === lastSeq - seq ? frames : undefined;
  }
}
