/** One event stream: a sequence of events that outlives the connection that carries it. */
import type { ApiEvent, EventTopic } from "@torrential/api";
import { type Frame, FrameLog, makeFrame } from "./frame.ts";
import type { Window } from "./viewports.ts";

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
/** Less than a queue, so that all of it fits into the next connection. */
const LOG_BYTES_MAX = 131_072;
/** What happened long ago is sent while less than this waits. */
const ROOM_BYTES = 65_536;

export class EventStream {
  readonly id: string;
  readonly topics: ReadonlySet<EventTopic>;
  viewport: Window | undefined;
  isStillIn: () => boolean = () => true;
  /** The last event of the history that was told. */
  historyAt: number;
  readonly #log = new FrameLog(LOG_BYTES_MAX);
  #seq = 0;
  #sink: EventSink | undefined;
  #detachedAt: number | undefined;
  /** Ticks since the queue was too long: nothing more is written to this connection. */
  #ticksBehind: number | undefined;

  constructor(id: string, options: { readonly topics: ReadonlySet<EventTopic>; readonly historyAt: number }) {
    this.id = id;
    this.topics = options.topics;
    this.historyAt = options.historyAt;
  }

  /** Since when nobody listens; undefined while somebody does. */
  get detachedAt(): number | undefined {
    return this.#detachedAt;
  }

  /** Whether a connection has room for what can wait. */
  get hasRoom(): boolean {
    return this.#sink !== undefined && this.#ticksBehind === undefined && this.#sink.queuedBytes < ROOM_BYTES;
  }

  /** Frames that the connection before did not bring; undefined when too many are gone. */
  missedSince(seq: number): readonly Frame[] | undefined {
    return seq > this.#seq ? undefined : this.#log.after(seq, this.#seq);
  }

  attach(sink: EventSink): void {
    this.#sink?.end();
    this.#sink = sink;
    this.#ticksBehind = undefined;
    this.#detachedAt = undefined;
  }

  /** Only when `sink` is still the one: a new connection may have taken over. */
  detach(sink: EventSink, now: number): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#detachedAt = now;
  }

  push(event: ApiEvent): void {
    this.#seq += 1;
    const frame = makeFrame(event, { stream: this.id, seq: this.#seq, history: this.historyAt });
    this.#log.push(frame);
    this.write(frame.text);
  }

  /**
   * To the connection, if there is one. Who is behind gets what is in the queue and not a byte more: what is left out is in
   * the log, or told anew.
   */
  write(text: string): void {
    const sink = this.#sink;
    if (sink === undefined || this.#ticksBehind !== undefined) return;
    if (sink.queuedBytes > QUEUE_BYTES_MAX) this.#ticksBehind = 0;
    else sink.write(text);
  }

  /** Everything that was written is taken: who was behind has nothing more to come by this connection. */
  handleDrain(): void {
    if (this.#ticksBehind !== undefined) this.#sink?.end();
  }

  /** Every 15 s: who was behind at the last one and still is does not read at all. */
  handleTick(): void {
    if (this.#ticksBehind === undefined) return;
    this.#ticksBehind += 1;
    if (this.#ticksBehind > 1) this.#sink?.end();
  }

  close(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }
}
