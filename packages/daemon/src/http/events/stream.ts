/** One event stream: a sequence of events that outlives the connection that carries it. */
import type { ApiEvent, EventTopic } from "@torrential/api";
import { type Frame, FrameLog, makeFrame } from "./frame.ts";
import type { ViewportState } from "./viewport.ts";

/** What carries a stream at present. */
export interface EventSink {
  write(text: string): void;
  /** Written, and not yet taken. */
  readonly queuedBytes: number;
  /** Cuts the connection. */
  end(): void;
}

/** PROMISES C27: who does not read is cut; it may come back and go on. */
const QUEUE_BYTES_MAX = 262_144;

export class EventStream {
  readonly id: string;
  readonly topics: ReadonlySet<EventTopic>;
  viewport: ViewportState | undefined;
  readonly #log = new FrameLog(QUEUE_BYTES_MAX);
  #seq = 0;
  #sink: EventSink | undefined;
  #detachedAt: number | undefined;

  constructor(id: string, topics: ReadonlySet<EventTopic>) {
    this.id = id;
    this.topics = topics;
  }

  /** Since when nobody listens; undefined while somebody does. */
  get detachedAt(): number | undefined {
    return this.#detachedAt;
  }

  get lastSeq(): number {
    return this.#seq;
  }

  /** Frames that the connection before did not bring; undefined when too many are gone. */
  missedSince(seq: number): readonly Frame[] | undefined {
    return seq > this.#seq ? undefined : this.#log.after(seq, this.#seq);
  }

  attach(sink: EventSink): void {
    this.#sink?.end();
    this.#sink = sink;
    this.#detachedAt = undefined;
  }

  /** Only when `sink` is still the one: a new connection may have taken over. */
  detach(sink: EventSink, now: number): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#detachedAt = now;
  }

  push(event: ApiEvent, historyId: number): void {
    this.#seq += 1;
    const frame = makeFrame(event, { stream: this.id, seq: this.#seq, history: historyId });
    this.#log.push(frame);
    this.write(frame.text);
  }

  /** Text that needs no answer, such as a comment. */
  write(text: string): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    if (sink.queuedBytes > QUEUE_BYTES_MAX) sink.end();
    else sink.write(text);
  }

  close(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }
}
