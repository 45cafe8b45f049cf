/** What is asked of qBittorrent: every endpoint that 4.5 and 5.1 share, well formed and not. */
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { adding } from "./adding.ts";
import { deltas } from "./deltas.ts";
import { bare } from "./bare.ts";
import { feeds } from "./feeds.ts";
import { files } from "./files.ts";
import { labels } from "./labels.ts";
import { limits, running } from "./limits.ts";
import { details, lists } from "./lists.ts";
import { odd } from "./odd.ts";
import { wishes } from "./wishes.ts";
import { app, transfer } from "./program.ts";
import { preferences } from "./preferences.ts";
import { removal } from "./removal.ts";
import { trackers } from "./trackers.ts";

export function qbittorrentSteps(world: World<QbittorrentClient>): readonly Step[] {
  const { album } = world;
  world.layDownAll();
  return [
    ...odd(),
    ...app(),
    ...preferences(),
    ...transfer(),
    ...adding(world),
    ...lists(world),
    ...details(album),
    ...bare(),
    ...deltas(world),
    ...labels(album),
    ...limits(album),
    ...files(album),
    ...trackers(album),
    ...running(album),
    ...wishes(world),
    ...feeds(),
    ...removal(world),
  ];
}
