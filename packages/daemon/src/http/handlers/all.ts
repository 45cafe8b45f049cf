/** Every handler, by the name of its route. */
import type { RouteName } from "@torrential/api";
import type { Handlers } from "../handler.ts";
import { accessHandlers } from "./access.ts";
import { addingHandlers } from "./adding.ts";
import { contentHandlers } from "./content.ts";
import { detailHandlers } from "./details.ts";
import { eventHandlers } from "./events.ts";
import { labelHandlers } from "./labels.ts";
import { limitHandlers } from "./limits.ts";
import { jobHandlers, sessionHandlers } from "./session.ts";
import { settingsHandlers } from "./settings.ts";
import { torrentHandlers } from "./torrent.ts";
import { torrentsHandlers } from "./torrents.ts";

export const HANDLERS: Handlers<RouteName> = {
  ...torrentsHandlers,
  ...addingHandlers,
  ...torrentHandlers,
  ...detailHandlers,
  ...contentHandlers,
  ...labelHandlers,
  ...limitHandlers,
  ...settingsHandlers,
  ...sessionHandlers,
  ...jobHandlers,
  ...eventHandlers,
  ...accessHandlers,
};
