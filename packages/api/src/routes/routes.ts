/** The whole table. */
import { ACCESS_ROUTES } from "./access-routes.ts";
import { EVENT_ROUTES, JOB_ROUTES, LABEL_ROUTES, LOG_ROUTES, SESSION_ROUTES, SETTINGS_ROUTES } from "./other-routes.ts";
import { LIMIT_ROUTES } from "./limit-routes.ts";
import { PATHS, type RouteName } from "./paths.ts";
import type { AnyRoute, Routes } from "./route.ts";
import { DETAIL_ROUTES, MANY_TORRENTS_ROUTES, TORRENT_ROUTES } from "./torrent-routes.ts";

export const ROUTES: Routes<RouteName> = {
  ...MANY_TORRENTS_ROUTES,
  ...TORRENT_ROUTES,
  ...DETAIL_ROUTES,
  ...LABEL_ROUTES,
  ...LIMIT_ROUTES,
  ...SETTINGS_ROUTES,
  ...SESSION_ROUTES,
  ...EVENT_ROUTES,
  ...JOB_ROUTES,
  ...LOG_ROUTES,
  ...ACCESS_ROUTES,
};

/** A route with its name and place. */
export interface RouteEntry {
  readonly name: RouteName;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with ":name" for parameters. */
  readonly path: string;
  readonly route: AnyRoute;
}

/** Every route, in the order of the table of paths. */
export function listRoutes(): RouteEntry[] {
  return ROUTE_NAMES.map((name) => {
    const [method = "", path = ""] = PATHS[name].split(" ");
    return { name, method: toMethod(method), path, route: ROUTES[name] };
  });
}

export const ROUTE_NAMES: readonly RouteName[] = Object.keys(PATHS).filter(isRouteName);

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(PATHS, name);
}

function toMethod(text: string): RouteEntry["method"] {
  switch (text) {
    case "GET":
    case "POST":
    case "PUT":
    case "PATCH":
    case "DELETE":
      return text;
    default:
      throw new Error(`routes: no method ${text}`);
  }
}
