/** Commands about one torrent, carried out by it. */
import type { Millis } from "../ports/machine.ts";
import type { Command } from "./commands.ts";
import type { LimitCommand } from "./limit-commands.ts";
import type { PendingTorrent } from "../metadata/pending-torrent.ts";
import type { Torrent } from "../torrent/torrent.ts";

/** What a torrent that is there does itself. */
export type TorrentCommand = Exclude<
  Command,
  | LimitCommand
  | { type: "add" }
  | { type: "add-magnet" }
  | { type: "wake" }
  | { type: "wake-failed" }
  | { type: "scrape" }
  | { type: "vote-external-address" }
  | { type: "set-port-mappings" }
  | { type: "ban" }
>;

export function commandTorrent(torrent: Torrent | PendingTorrent, command: TorrentCommand, now: Millis): void {
  switch (command.type) {
    case "wake-up":
      return;
    case "start":
      return torrent.start(now);
    case "stop":
      return torrent.stop(now);
    case "remove":
      return torrent.remove(command, now);
    case "recheck":
      return torrent.recheck(now);
    case "add-peers":
      return torrent.addPeers(command.peers, command.source, now);
    case "set-file-priorities":
    case "set-order":
    case "set-first-and-last":
    case "set-super-seeding":
    case "set-upload-slots":
    case "set-peers-max":
      return torrent.commandWishes(command, now);
    case "unban":
      torrent.peerList.unban(command.key);
      return;
    case "read":
    case "read-ahead":
    case "end-reader":
    case "cancel-read":
      return torrent.commandReads(command, now);
    case "rename-files":
    case "move-storage":
      return torrent.relocate(command, now);
    case "reannounce":
    case "set-announce-to":
    case "add-trackers":
    case "set-trackers":
    case "remove-tracker":
      return torrent.commandTrackers(command, now);
    default:
      command satisfies never;
  }
}
