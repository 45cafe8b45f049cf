/** What a torrent is made with. */
import type { BandwidthNode } from "../bandwidth/node.ts";
import type { Handover } from "../metadata/pending-torrent.ts";
import type { Millis } from "../ports/machine.ts";
import type { AddOptions } from "../session/commands.ts";
import type { TorrentContext } from "./context.ts";

export interface TorrentOptions {
  readonly add: AddOptions;
  readonly context: TorrentContext;
  readonly node: BandwidthNode;
  readonly listenPort: () => number;
  readonly now: Millis;
  /** When a magnet link led here, or the torrent slept. */
  readonly handover?: Handover | undefined;
  /** It may sleep while nobody needs it: whoever runs the session can bring its metadata again. */
  readonly mayRest?: boolean;
}
