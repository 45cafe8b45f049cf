/** A stream whose reader is slow, or gone. */
import type { ApiEvent } from "@torrential/api";
import { describe, expect, it } from "vitest";
import { EventStream } from "./stream.ts";

/** Takes everything in, and lets nothing out until it drains. */
class StuckSink {
  queuedBytes = 0;
  hasEnded = false;

  write(text: string): void {
    this.queuedBytes += Buffer.byteLength(text);
  }

  end(): void {
    this.hasEnded = true;
  }
}

const QUEUE = 262_144;
const event = (length: number): ApiEvent => ({
  type: "history",
  event: { id: 1, atMs: 1, level: "info", type: "added", infoHash: undefined, message: "ü".repeat(length / 2) },
});

function open(): { readonly stream: EventStream; readonly sink: StuckSink } {
  const stream = new EventStream("0123456789abcdef", { topics: new Set(), historyAt: 0 });
  const sink = new StuckSink();
  stream.attach(sink);
  return { stream, sink };
}

describe("an event stream", () => {
  it("keeps for who does not read a queue and one event, however much happens", () => {
    const { stream, sink } = open();
    for (let i = 0; i < 10_000; i++) stream.push(event(10_000));
    expect(sink.queuedBytes).toBeLessThan(QUEUE + 11_000);
    expect(sink.hasEnded).toBe(false);
  });

  it("ends the connection of who is behind when it has taken all, so that nothing it was sent is lost", () => {
    const { stream, sink } = open();
    for (let i = 0; i < 100; i++) stream.push(event(10_000));
    sink.queuedBytes = 0;
    stream.handleDrain();
    expect(sink.hasEnded).toBe(true);
    const kept = open();
    kept.stream.push(event(10_000));
    kept.stream.handleDrain();
    expect(kept.sink.hasEnded).toBe(false);
  });

  it("cuts who has not caught up in two ticks", () => {
    const { stream, sink } = open();
    for (let i = 0; i < 100; i++) stream.push(event(10_000));
    stream.handleTick();
    expect(sink.hasEnded).toBe(false);
    stream.handleTick();
    expect(sink.hasEnded).toBe(true);
  });

  it("keeps of what was missed no more than the next connection takes at once", () => {
    const { stream } = open();
    for (let i = 0; i < 100; i++) stream.push(event(10_000));
    expect(stream.missedSince(0)).toBeUndefined();
    const missed = stream.missedSince(90) ?? [];
    expect(missed.map(({ seq }) => seq)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    const sink = new StuckSink();
    stream.attach(sink);
    for (const frame of missed) stream.write(frame.text);
    expect(sink.queuedBytes).toBeLessThan(QUEUE);
  });
});
