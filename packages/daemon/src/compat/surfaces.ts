/** The APIs of other programs that the settings switch on. */
import type { Surface } from "../http/server.ts";
import type { Service } from "../service/service.ts";
import { makeQbittorrentSurface } from "./qbittorrent/surface.ts";
import { textSetting } from "./settings.ts";
import { makeTransmissionSurface } from "./transmission/surface.ts";

export function makeSurfaces(service: Service, stateFolder: string): readonly Surface[] {
  const settings = service.settings.all();
  const surfaces: Surface[] = [];
  if (settings["api.qbittorrent"] === true) surfaces.push(makeQbittorrentSurface(service));
  if (settings["api.transmission"] === true) {
    const path = textSetting(settings, "api.transmission_path");
    surfaces.push(makeTransmissionSurface({ service, stateFolder, path }));
  }
  return surfaces;
}
