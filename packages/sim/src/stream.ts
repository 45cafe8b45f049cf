/**
 * Byte streams between two hosts, as a sockets API would show them: bytes arrive in order and whole, late, and cut
 * anywhere. Every callback comes from an event of the clock, never from inside a call to `transmit` or `close`.
 */
import { concatBytes, type Endpoint } from "@torrential/core";
import type { CloseReason } from "@torrential/engine";
import type { Clock } from "./clock.ts";
import type { Downlink, Uplink, UplinkSource } from "./link.ts";
import type { SimRandom } from "./random.ts";
import { hasSameBytes } from "./same-bytes.ts";

/** What an end tells its owner. */
export interface StreamHandler {
  handleConnected(): void;
  /** `chunk` is a view of a buffer that is overwritten right after the call. */
  handleData(chunk: Uint8Array): void;
  /** These many bytes of what was transmitted have left the host. */
  handleTransmitted(bytes: number): void;
  /** Once, and last. */
  handleClosed(reason: CloseReason): void;
}

/** The side of a network that streams see. */
export interface StreamWorld {
  readonly clock: Clock;
  readonly random: SimRandom;
  /** Most bytes of one flow that may be on their way or unread: TCP's window. */
  readonly windowBytes: number;
  readonly readBuffer: Uint8Array;
  handleViolation(message: string): void;
}

/** One direction of a path, as the network routes it now. */
export interface Route {
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  isCut(): boolean;
  /** One way. */
  latencyMs(): number;
  loss(): number;
}

interface Chunk {
  /** The bytes as they were when handed over. */
  readonly bytes: Uint8Array;
  /** The sender's own view, which it promised to leave alone until it was told that the bytes left. */
  readonly promised: Uint8Array;
}

const CLOSE_TIMEOUT_MS = 1000; // ports/network.ts: "closes after what was transmitted has left, within a second"
const RESEND_TIMEOUT_MS = 200; // RFC 6298's minimum is a second; Linux waits at least 200 ms
const CUT_CHANCE = 0.25;

/** One end of a stream. */
export class StreamEnd {
  readonly remote: Endpoint;
  /** Bound by the network before anything can call it. */
  handler: StreamHandler;
  readonly #world: StreamWorld;
  #outbound: Flow | undefined;
  #inbound: Flow | undefined;
  #status: "connecting" | "open" | "closing" | "closed" = "connecting";
  #isPaused = false;

  constructor(world: StreamWorld, remote: Endpoint, handler: StreamHandler) {
    this.#world = world;
    this.remote = remote;
    this.handler = handler;
  }

  get isClosed(): boolean {
    return this.#status === "closed";
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Bytes handed over that haven't left. */
  get queuedBytes(): number {
    return this.#outbound?.queuedBytes ?? 0;
  }

  /** Connecting -> Open. */
  open(flows: { readonly outbound: Flow; readonly inbound: Flow }): void {
    this.#outbound = flows.outbound;
    this.#inbound = flows.inbound;
    this.#status = "open";
  }

  /** The far end has answered. */
  handleAccepted(): void {
    if (this.#status === "open") this.handler.handleConnected();
  }

  transmit(chunks: readonly Uint8Array[]): void {
    if (this.#status !== "open") return;
    for (const chunk of chunks) this.#outbound?.push(chunk);
  }

  pauseReading(): void {
    this.#isPaused = true;
  }

  resumeReading(): void {
    this.#isPaused = false;
    const inbound = this.#inbound;
    if (inbound !== undefined) this.#world.clock.after(0, () => inbound.drain());
  }

  /** Open -> Closing -> Closed: what was handed over leaves first, for up to a second. */
  close(): void {
    if (this.#status === "closed" || this.#status === "closing") return;
    const outbound = this.#status === "open" ? this.#outbound : undefined;
    this.#status = "closing";
    if (outbound === undefined) {
      this.#world.clock.after(0, () => this.end("local"));
      return;
    }
    outbound.finish(() => this.end("local"));
    this.#world.clock.after(CLOSE_TIMEOUT_MS, () => this.#abandon());
  }

  /** Any -> Closed, telling the owner. The other end is told by a reset. */
  reset(): void {
    if (this.#status === "closed") return;
    this.#outbound?.sendReset();
    this.end("reset");
  }

  /** Any -> Closed without a word to anybody: the host is gone. */
  vanish(): void {
    this.#status = "closed";
    this.#outbound?.kill();
  }

  /** Any -> Closed, telling the owner only. */
  end(reason: CloseReason): void {
    if (this.#status === "closed") return;
    this.#status = "closed";
    this.#outbound?.kill();
    this.handler.handleClosed(reason);
  }

  /** Bytes have arrived; false when they must wait because reading is paused. */
  offer(bytes: Uint8Array): boolean {
    if (this.#status === "closed" || this.#status === "closing") return true;
    if (this.#isPaused) return false;
    this.#deliver(bytes);
    return true;
  }

  /** Hands bytes over through the shared read buffer, in one piece or cut at a random place. */
  #deliver(bytes: Uint8Array): void {
    const { random, readBuffer } = this.#world;
    const cut = bytes.length > 1 && random.hasChance(CUT_CHANCE) ? 1 + random.nextInt(bytes.length - 1) : bytes.length;
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      if (part.length === 0 || this.#status !== "open") continue;
      readBuffer.set(part);
      this.handler.handleData(readBuffer.subarray(0, part.length));
      // Whoever kept the view instead of its bytes reads this.
      readBuffer.fill(0xaa, 0, part.length);
    }
  }

  #abandon(): void {
    if (this.#status === "closed") return;
    this.#outbound?.sendReset();
    this.end("local");
  }
}

/** One direction of a stream: a queue at the sender, bytes under way, and a backlog at a receiver that doesn't read. */
export class Flow implements UplinkSource {
  readonly #world: StreamWorld;
  readonly #route: Route;
  readonly #sender: StreamEnd;
  readonly #receiver: StreamEnd;
  readonly #queue: Chunk[] = [];
  #headOffset = 0;
  queuedBytes = 0;
  #inFlightBytes = 0;
  #lastArrivalAt = 0;
  #backlog: Uint8Array[] = [];
  #held: (() => void)[] = [];
  #isDead = false;
  #isDrained = false;
  #hasFinArrived = false;
  #handleFinished: (() => void) | undefined;

  constructor(world: StreamWorld, route: Route, ends: { readonly sender: StreamEnd; readonly receiver: StreamEnd }) {
    this.#world = world;
    this.#route = route;
    this.#sender = ends.sender;
    this.#receiver = ends.receiver;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#queue.push({ bytes: chunk.slice(), promised: chunk });
    this.queuedBytes += chunk.length;
    this.#route.uplink.enqueue(this);
  }

  sendable(max: number): number {
    if (this.#isDead || this.#route.isCut()) return 0;
    return Math.min(max, this.queuedBytes, this.#world.windowBytes - this.#inFlightBytes);
  }

  handleSent(length: number): void {
    if (this.#isDead) return;
    const bytes = this.#take(length);
    this.#inFlightBytes += length;
    this.#launch(() => this.#route.downlink.pass(length, () => this.#arrive(bytes)));
    this.#sender.handler.handleTransmitted(length);
    this.#finishWhenEmpty();
  }

  /** No more bytes will come; calls back when the queue has left. */
  finish(handleFinished: () => void): void {
    this.#handleFinished = handleFinished;
    this.#world.clock.after(0, () => this.#finishWhenEmpty());
  }

  /** Drops what is queued; the receiver hears of it one way later. */
  sendReset(): void {
    if (this.#isDead) return;
    this.#launch(() => this.#receiver.end("reset"));
    this.kill();
  }

  /** Nothing leaves any more. What is under way still arrives. */
  kill(): void {
    this.#isDead = true;
    this.#queue.length = 0;
    this.queuedBytes = 0;
  }

  /** The path is whole again: what was lost meanwhile is sent again. */
  heal(): void {
    const held = this.#held;
    this.#held = [];
    const delayMs = RESEND_TIMEOUT_MS + this.#world.random.nextBetween(0, 800);
    for (const arrive of held) this.#launchAfter(delayMs, arrive);
    if (!this.#isDead) this.#route.uplink.enqueue(this);
  }

  /** Hands over what arrived while reading was paused. */
  drain(): void {
    if (this.#receiver.isPaused || this.#isDrained) return;
    this.#isDrained = true;
    while (this.#backlog.length > 0 && !this.#receiver.isPaused) {
      const bytes = this.#backlog.shift();
      if (bytes !== undefined) this.#consume(bytes);
    }
    this.#isDrained = false;
    if (this.#backlog.length === 0 && this.#hasFinArrived) this.#receiver.end("ended");
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#backlog.length > 0) this.#backlog.push(bytes);
    else this.#consume(bytes);
  }

  #consume(bytes: Uint8Array): void {
    if (!this.#receiver.offer(bytes)) {
      this.#backlog.unshift(bytes);
      return;
    }
    this.#inFlightBytes -= bytes.length;
    if (!this.#isDead && this.queuedBytes > 0) this.#route.uplink.enqueue(this);
  }

  #finishWhenEmpty(): void {
    const handleFinished = this.#handleFinished;
    if (handleFinished === undefined || this.queuedBytes > 0 || this.#isDead) return;
    this.#handleFinished = undefined;
    this.#launch(() => {
      this.#hasFinArrived = true;
      if (this.#backlog.length === 0) this.#receiver.end("ended");
    });
    handleFinished();
  }

  #launch(arrive: () => void): void {
    const { random } = this.#world;
    const lossDelayMs = random.hasChance(this.#route.loss()) ? RESEND_TIMEOUT_MS + 2 * this.#route.latencyMs() : 0;
    this.#launchAfter(this.#route.latencyMs() + lossDelayMs, arrive);
  }

  #launchAfter(delayMs: number, arrive: () => void): void {
    // In order: nothing overtakes what was sent before it.
    this.#lastArrivalAt = Math.max(this.#lastArrivalAt, this.#world.clock.now + delayMs);
    this.#world.clock.schedule(this.#lastArrivalAt, () => {
      if (this.#route.isCut() || this.#held.length > 0) this.#held.push(arrive);
      else arrive();
    });
  }

  #take(length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const chunk = this.#queue[0];
      if (chunk === undefined) throw new Error(`stream: ${missing} bytes sent that were never queued`);
      const end = Math.min(chunk.bytes.length, this.#headOffset + missing);
      const part = chunk.bytes.subarray(this.#headOffset, end);
      if (!hasSameBytes(part, chunk.promised.subarray(this.#headOffset, end))) {
        this.#world.handleViolation("transmitted bytes were changed before they had left");
      }
      parts.push(part);
      missing -= part.length;
      this.#headOffset = end;
      if (end === chunk.bytes.length) {
        this.#queue.shift();
        this.#headOffset = 0;
      }
    }
    this.queuedBytes -= length;
    const only = parts[0];
    return parts.length === 1 && only !== undefined ? only : concatBytes(parts);
  }
}
