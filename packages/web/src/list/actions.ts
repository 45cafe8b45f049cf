/** What can be done to chosen torrents, one table for menu, tool bar and keyboard. */
import type { TorrentAction } from "@torrential/api";
import type { IconName } from "../ui/icon.tsx";

export interface ListAction {
  readonly action: TorrentAction["action"];
  readonly icon: IconName;
  /** Alone, while the list has the keyboard. */
  readonly key?: string;
}

export const RUN_ACTIONS: readonly ListAction[] = [
  { action: "start", icon: "play", key: "s" },
  { action: "stop", icon: "stop", key: "p" },
  { action: "force-start", icon: "force" },
];
export const MORE_ACTIONS: readonly ListAction[] = [
  { action: "recheck", icon: "check" },
  { action: "reannounce", icon: "graph" },
];
export const QUEUE_ACTIONS: readonly ListAction[] = [
  { action: "queue-top", icon: "up" },
  { action: "queue-up", icon: "up1" },
  { action: "queue-down", icon: "down1" },
  { action: "queue-bottom", icon: "down" },
];
