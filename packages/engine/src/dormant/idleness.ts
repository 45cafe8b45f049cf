/** How long a torrent has had nobody and nothing to do. */
import type { Millis } from "../ports/machine.ts";

/**
 * A torrent that nobody has come to since its start. A thousand start in a second: with two seconds here, ten thousand left
 * 280 MiB of garbage.
 */
const UNUSED_MS = 300;
/** After the last peer has left: who comes once comes again. Waking costs about as much as a start. */
const LEFT_MS = 60_000;

export class Idleness {
  #since: Millis | undefined;
  #wasUsed = false;

  /** When it has been idle for long enough, undefined while it is not idle. */
  get restAt(): Millis | undefined {
    return this.#since === undefined ? undefined : this.#since + (this.#wasUsed ? LEFT_MS : UNUSED_MS);
  }

  /** Call after every input. */
  handleState({ isIdle, peers }: { readonly isIdle: boolean; readonly peers: number }, now: Millis): void {
    this.#wasUsed ||= peers > 0;
    if (!isIdle) this.#since = undefined;
    else this.#since ??= now;
  }
}
