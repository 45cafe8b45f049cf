/** Everything the engine asks of its driver, and everything it reports. */
import type { InfoHash } from "@torrential/core";
import type { AnnounceCommand, ScrapeCommand } from "../ports/announce.ts";
import type { RelocationResult } from "../files/move-script.ts";
import type { DhtCommand } from "../ports/dht.ts";
import type { DiskJob } from "../ports/disk.ts";
import type { LocalCommand } from "../ports/local.ts";
import type { NetworkCommand } from "../ports/network.ts";
import type { StateCommand } from "../ports/state.ts";
import type { NewSegment } from "../storage/slab.ts";
import type { EngineEvent } from "./events.ts";

export type SessionOutput =
  | NetworkCommand
  | AnnounceCommand
  | ScrapeCommand
  | LocalCommand
  | DhtCommand
  | StateCommand
  | { readonly type: "disk"; readonly job: DiskJob }
  | NewSegment
  /** The answer to a `read` command: a copy of the bytes. */
  | { readonly type: "read-done"; readonly request: number; readonly result: ReadResult }
  /** The answer to a command that carries a `request`. */
  | { readonly type: "command-done"; readonly request: number; readonly result: CommandResult }
  /** A sleeping torrent is needed: answered by the command `wake`, or `wake-failed`. */
  | { readonly type: "wake"; readonly infoHash: InfoHash }
  | { readonly type: "event"; readonly event: EngineEvent };

/** How a command that takes its time ended. "refused": it makes no sense for this torrent now. */
export type CommandResult = RelocationResult;

export type ReadResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string };
