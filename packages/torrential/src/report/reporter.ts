/** Whoever tells the user how a transfer goes. */
import type { Failure } from "../failure.ts";
import type { PublicEvent } from "../transfer/public-event.ts";
import type { StatusView } from "../transfer/status-view.ts";
import type { WhyView } from "../transfer/why-view.ts";

export interface Reporter {
  /** Milliseconds between calls of `handleTick`. */
  readonly tickMs: number;
  /** All torrents, now. */
  handleTick(views: readonly StatusView[], nowMs: number): void;
  /** One torrent's state is another than before. */
  handleChange(view: StatusView): void;
  /** Why a torrent is no faster; once a second, where it was asked for. */
  handleWhy(why: WhyView, nowMs: number): void;
  handleEvent(event: PublicEvent): void;
  /** A sentence about how it goes, not an error. */
  handleNote(sentence: string): void;
  handleFailure(failure: Failure): void;
  /** Nothing follows. */
  end(): void;
}

/** Where text goes. */
export interface Output {
  write(text: string): void;
}

export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly isVerbose: boolean;
}
