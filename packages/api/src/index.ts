/** The HTTP API: types and schemas of what travels, the table of routes, and a typed client. */
export * from "./access.ts";
export * from "./acting.ts";
export * from "./adding.ts";
export * from "./bans.ts";
export * from "./details.ts";
export * from "./jobs.ts";
export * from "./labels.ts";
export * from "./limits.ts";
export * from "./listing.ts";
export * from "./problem.ts";
export type { SchemaOf } from "./schema.ts";
export * from "./session.ts";
export * from "./torrent.ts";
export * from "./torrent-state.ts";
export { API_PREFIX, PATHS, type RouteName } from "./routes/paths.ts";
export type { AnyRoute, RouteFacts, RouteGroup } from "./routes/route.ts";
export type * from "./routes/route-types.ts";
export { listRoutes, type RouteEntry, ROUTES } from "./routes/routes.ts";
export type * from "./events.ts";
export { ApiError } from "./client/api-error.ts";
export {
  ApiClient,
  type ApiClientOptions,
  type CallInput,
  type CallOptions,
  type EventsOptions,
} from "./client/client.ts";
export { SseParser, type ServerSentEvent } from "./client/sse-parser.ts";
export { applyToView, EMPTY_VIEW, type ViewState } from "./client/view-state.ts";
