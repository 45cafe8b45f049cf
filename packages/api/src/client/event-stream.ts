/** An event stream that connects again by itself, and goes on where it was. */
import type { ApiEvent } from "../events.ts";
import { ApiError } from "./api-error.ts";
import { SseParser, type ServerSentEvent } from "./sse-parser.ts";

export interface EventStreamOptions {
  /** Opens the response; `lastEventId` is what it should go on after. Throws ApiError when the daemon refuses. */
  readonly open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Told of each loss, before the wait. */
  readonly onLost: ((error: unknown, retryInMs: number) => void) | undefined;
  readonly silenceMs: number;
}

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;

/** Yields until the signal aborts. Throws what the daemon refused for good: 4xx but 429. */
export async function* readEvents(options: EventStreamOptions): AsyncGenerator<ApiEvent, void, undefined> {
  let lastEventId: string | undefined;
  let waitMs = RETRY_MS_MIN;
  while (!options.signal.aborted) {
    let cause: unknown;
    try {
      for await (const event of readConnection(options, lastEventId)) {
        lastEventId = event.id === "" ? lastEventId : event.id;
        waitMs = RETRY_MS_MIN;
        const parsed = toApiEvent(event);
        if (parsed !== undefined) yield parsed;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
      cause = error;
    }
    if (options.signal.aborted) return;
    options.onLost?.(cause, waitMs);
    await delay(waitMs, options.signal);
    waitMs = Math.min(RETRY_MS_MAX, waitMs * 2);
  }
}

/** The events of one connection. Ends, or throws, when it is lost or silent: the daemon sends a comment every 15 s. */
async function* readConnection(
  options: EventStreamOptions,
  lastEventId: string | undefined,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const own = new AbortController();
  const abort = (): void => own.abort();
  options.signal.addEventListener("abort", abort);
  try {
    const response = await options.open(lastEventId, own.signal);
    if (response.body === null) return;
    const parser = new SseParser();
    const decoder = new TextDecoder();
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    for (;;) {
      const silence = setTimeout(abort, options.silenceMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    options.signal.removeEventListener("abort", abort);
    own.abort();
  }
}

function toApiEvent({ event, data }: ServerSentEvent): ApiEvent | undefined {
  const value: ApiEvent = JSON.parse(data);
  return value.type === event ? value : undefined;
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
