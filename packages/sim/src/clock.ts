/** Virtual time: a heap of events. Nothing in the world waits for a real clock. */
import type { Millis } from "@torrential/engine";

/** A scheduled event; hand it to `Clock.cancel`. */
export interface SimEvent {
  readonly at: Millis;
  readonly sequence: number;
  /** Cleared when cancelled or run, so that what it captured can be collected. */
  run: (() => void) | undefined;
}

/** Events run in order of time, and in order of scheduling within one instant. */
export class Clock {
  #now: Millis;
  #sequence = 0;
  readonly #heap: SimEvent[] = [];

  /** Starts far from zero, so that code which takes 0 for "never" shows itself. */
  constructor(startMs: Millis = 1_000_000) {
    this.#now = startMs;
  }

  get now(): Millis {
    return this.#now;
  }

  /** Events not yet run, cancelled ones included. */
  get pending(): number {
    return this.#heap.length;
  }

  /** Runs `run` at `at`, or at the end of this instant when `at` has passed. */
  schedule(at: Millis, run: () => void): SimEvent {
    if (!Number.isFinite(at)) throw new RangeError(`clock: cannot schedule at ${at}`);
    const event: SimEvent = { at: Math.max(at, this.#now), sequence: this.#sequence++, run };
    this.#heap.push(event);
    siftUp(this.#heap, this.#heap.length - 1);
    return event;
  }

  after(delayMs: number, run: () => void): SimEvent {
    return this.schedule(this.#now + delayMs, run);
  }

  cancel(event: SimEvent | undefined): void {
    if (event !== undefined) event.run = undefined;
  }

  /** Time of the next event, or undefined when nothing will ever happen again. */
  peek(): Millis | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.run === undefined) popTop(this.#heap);
    return this.#heap[0]?.at;
  }

  /** Runs the next event. False when there is none. */
  step(): boolean {
    if (this.peek() === undefined) return false;
    const event = popTop(this.#heap);
    const run = event?.run;
    if (event === undefined || run === undefined) return false;
    this.#now = event.at;
    event.run = undefined;
    run();
    return true;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.at !== b.at ? a.at < b.at : a.sequence < b.sequence;
}

function siftUp(heap: SimEvent[], start: number): void {
  const event = heap[start];
  if (event === undefined) return;
  let index = start;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = event;
}

function popTop(heap: SimEvent[]): SimEvent | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    let childIndex = 2 * index + 1;
    let child = heap[childIndex];
    if (child === undefined) break;
    const right = heap[childIndex + 1];
    if (right !== undefined && isBefore(right, child)) {
      child = right;
      childIndex += 1;
    }
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return top;
}
