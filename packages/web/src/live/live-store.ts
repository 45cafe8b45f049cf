/**
 * What the event stream says, as React reads it: the rows in sight, counts, the session. One stream a page; its viewport
 * follows what the page shows, so nothing is sent that nobody sees.
 */
import {
  type ApiClient,
  type ApiEvent,
  ApiError,
  applyToView,
  EMPTY_VIEW,
  type SessionInfo,
  type TorrentCounts,
  type Viewport,
  type ViewState,
} from "@torrential/api";

export type Connection =
  | { readonly status: "connecting" }
  | { readonly status: "live" }
  /** `since`: of the last event, milliseconds since 1970. */
  | { readonly status: "lost"; readonly message: string; readonly since: number; readonly retryAt: number };

export interface LiveState {
  readonly connection: Connection;
  readonly view: ViewState;
  /** Whether `view` answers the present viewport. */
  readonly isViewCurrent: boolean;
  readonly counts: TorrentCounts | undefined;
  readonly session: SessionInfo | undefined;
}

/** Topics that other parts of the page read again when they change. */
export type Notice = Extract<ApiEvent, { type: "settings" | "labels" | "history" | "job" }>;

/** Who drags the scroll bar passes many windows; each costs the daemon a list, and the page its rows. bench/page.ts */
const SENDS_EVERY_MS = 100;
const NO_WINDOW = { offset: 0, limit: 0 } as const;

const START: LiveState = {
  connection: { status: "connecting" },
  view: EMPTY_VIEW,
  isViewCurrent: false,
  counts: undefined,
  session: undefined,
};

export class LiveStore {
  readonly #client: ApiClient;
  readonly #listeners = new Set<() => void>();
  readonly #noticeListeners = new Set<(notice: Notice) => void>();
  #state: LiveState = START;
  #viewport: Viewport = { limit: 0 };
  #streamId: string | undefined;
  #lastEventAt = Date.now();
  #restart: AbortController | undefined;
  #isSending = false;
  /** The viewport is another than the stream was told. */
  #isSendDue = false;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  readonly getState = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  onNotice(listener: (notice: Notice) => void): () => void {
    this.#noticeListeners.add(listener);
    return () => this.#noticeListeners.delete(listener);
  }

  /** Reads events until aborted. Rejects when the daemon refuses for good, as when the session ended. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const restart = new AbortController();
      this.#restart = restart;
      const events = this.#client.events({
        viewport: this.#viewport,
        topics: ["torrents", "counts", "session", "history", "settings", "labels", "jobs"],
        signal: AbortSignal.any([signal, restart.signal]),
        onLost: (error, retryInMs) => this.#handleLost(error, retryInMs),
      });
      for await (const event of events) this.#handle(event);
    }
  }

  /** Tries again at once instead of waiting longer. */
  retry(): void {
    if (this.#state.connection.status === "lost") this.#restart?.abort();
  }

  /** Changes what is wanted; only the last of many changes in a row is sent. */
  setViewport(viewport: Viewport): void {
    if (JSON.stringify(viewport) === JSON.stringify(this.#viewport)) return;
    const isMoved =
      JSON.stringify({ ...viewport, ...NO_WINDOW }) === JSON.stringify({ ...this.#viewport, ...NO_WINDOW });
    this.#viewport = viewport;
    // The same list at another place: what is shown of it stays true.
    if (!isMoved) this.#set({ isViewCurrent: false });
    this.#isSendDue = true;
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#isSendDue && this.#streamId !== undefined) {
      this.#isSendDue = false;
      try {
        await this.#client.call("setViewport", { params: { stream: this.#streamId }, body: this.#viewport });
      } catch (error) {
        // The stream is gone: the next one begins with the present viewport.
        if (!(error instanceof ApiError) && !(error instanceof TypeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, SENDS_EVERY_MS));
    }
    this.#isSending = false;
  }

  #handle(event: ApiEvent): void {
    this.#lastEventAt = Date.now();
    switch (event.type) {
      case "hello":
        this.#streamId = event.streamId;
        this.#set({ connection: { status: "live" } });
        this.#isSendDue = true;
        void this.#send();
        return;
      case "view":
        this.#set({ view: applyToView(this.#state.view, event), isViewCurrent: !this.#isSendDue });
        return;
      case "delta":
        this.#set({ view: applyToView(this.#state.view, event) });
        return;
      case "counts":
        this.#set({ counts: event.counts });
        return;
      case "session":
        this.#set({ session: event.session });
        return;
      case "settings":
      case "labels":
      case "history":
      case "job":
        for (const listener of this.#noticeListeners) listener(event);
        return;
      case "log":
        return;
      default:
        event satisfies never;
    }
  }

  #handleLost(error: unknown, retryInMs: number): void {
    this.#streamId = undefined;
    const message = error instanceof Error ? error.message : String(error);
    const retryAt = Date.now() + retryInMs;
    this.#set({ connection: { status: "lost", message, since: this.#lastEventAt, retryAt }, isViewCurrent: false });
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
