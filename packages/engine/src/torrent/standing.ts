/** Which state a torrent is in: every move is checked against the table, and told. */
import type { Outlet } from "../outbox.ts";
import type { DiskError } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { TorrentEvent } from "../session/events.ts";
import { isActive, type Lifecycle, type LifecycleStatus, move } from "./lifecycle.ts";
import { Trouble } from "./trouble.ts";

export class Standing {
  readonly #events: Outlet<TorrentEvent>;
  readonly #trouble = new Trouble();
  #state: Lifecycle = { status: "stopped" };

  constructor(events: Outlet<TorrentEvent>) {
    this.#events = events;
  }

  get state(): Lifecycle {
    return this.#state;
  }

  get status(): LifecycleStatus {
    return this.#state.status;
  }

  /** Whether peers may be connected. */
  get isActive(): boolean {
    return isActive(this.#state);
  }

  /** When what failed is tried again, if it is tried by itself. */
  get retryAt(): Millis | undefined {
    if (this.#state.status !== "error") return undefined;
    return Number.isFinite(this.#state.retryAt) ? this.#state.retryAt : undefined;
  }

  set(to: Lifecycle): void {
    this.#state = move(this.#state, to);
    this.#events.push({ type: "state", state: this.#state });
  }

  /** The disk refused. */
  fail(error: DiskError, now: Millis): void {
    // Jobs that were under way fail together: that is one failure.
    if (this.#state.status !== "error") this.set(this.#trouble.judge(error, now));
  }

  /** The disk works. */
  handleDiskWorks(): void {
    this.#trouble.reset();
  }
}
