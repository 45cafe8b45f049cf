/** Routes of labels, settings, the session, events, jobs, log and folders. */
import { Type } from "typebox";
import { bulkResultSchema } from "../acting.ts";
import { createTorrentJobSchema, jobSchema } from "../jobs.ts";
import {
  categoryChangeSchema,
  categorySchema,
  nameQuerySchema,
  namesQuerySchema,
  namesSchema,
  newCategorySchema,
  tagPatchSchema,
  tagSchema,
} from "../labels.ts";
import { viewportSchema } from "../listing.ts";
import { schemaOf } from "../schema.ts";
import {
  alternativeLimitsSchema,
  folderQuerySchema,
  folderSpaceSchema,
  historyEventSchema,
  historyQuerySchema,
  logEntrySchema,
  logLevelsSchema,
  logQuerySchema,
  pathQuerySchema,
  ratePointsSchema,
  ratesQuerySchema,
  sessionInfoSchema,
} from "../session.ts";
import { eventsQuerySchema, idParamsSchema, listOf, recordSchema, settingsSchema, stringsSchema } from "./params.ts";
import type { Routes } from "./route.ts";

/** Ten thousand torrents with their info dictionaries. */
const ARCHIVE_BYTES_MAX = 268_435_456;

export const LABEL_ROUTES: Routes<
  | "listCategories"
  | "createCategory"
  | "updateCategory"
  | "removeCategories"
  | "listTags"
  | "createTags"
  | "updateTag"
  | "removeTags"
> = {
  listCategories: { group: "labels", access: "read", summary: "List categories", reply: listOf(categorySchema) },
  createCategory: {
    group: "labels",
    access: "control",
    summary: "Make a category",
    body: newCategorySchema,
    reply: categorySchema,
    status: 201,
  },
  updateCategory: {
    group: "labels",
    access: "control",
    summary: "Change a category, or rename it",
    query: nameQuerySchema,
    body: categoryChangeSchema,
    reply: categorySchema,
  },
  removeCategories: {
    group: "labels",
    access: "control",
    summary: "Remove categories; their torrents are without afterwards",
    query: namesQuerySchema,
  },
  listTags: { group: "labels", access: "read", summary: "List tags", reply: listOf(tagSchema) },
  createTags: {
    group: "labels",
    access: "control",
    summary: "Make tags",
    body: namesSchema,
    reply: listOf(tagSchema),
    status: 201,
  },
  updateTag: {
    group: "labels",
    access: "control",
    summary: "Change a tag, or rename it",
    query: nameQuerySchema,
    body: tagPatchSchema,
    reply: tagSchema,
  },
  removeTags: { group: "labels", access: "control", summary: "Remove tags", query: namesQuerySchema },
};

export const SETTINGS_ROUTES: Routes<
  | "showSettings"
  | "updateSettings"
  | "showSettingsSchema"
  | "reloadSettings"
  | "exportArchive"
  | "importArchive"
  | "showSavedView"
  | "saveView"
> = {
  showSettings: {
    group: "settings",
    access: "read",
    summary: "Show every setting, and where it comes from",
    reply: settingsSchema,
    hasEtag: true,
  },
  updateSettings: {
    group: "settings",
    access: "admin",
    summary: "Change settings, all or none",
    description: "What widens power (addresses, roots, hooks, proxy) needs `sudo` within the last five minutes.",
    body: recordSchema,
    reply: settingsSchema,
    hasEtag: true,
  },
  showSettingsSchema: {
    group: "settings",
    access: "read",
    summary: "Show the JSON schema of every setting",
    reply: recordSchema,
  },
  reloadSettings: {
    group: "settings",
    access: "admin",
    summary: "Read the config file again",
    reply: schemaOf<{ readonly changed: readonly string[] }>()(Type.Object({ changed: Type.Array(Type.String()) })),
  },
  exportArchive: {
    group: "settings",
    access: "admin",
    summary: "Export all state, without secrets",
    bytes: "application/json",
  },
  importArchive: {
    group: "settings",
    access: "admin",
    summary: "Import what an export holds; what is here stays",
    body: recordSchema,
    reply: bulkResultSchema,
    bodyBytesMax: ARCHIVE_BYTES_MAX,
  },
  showSavedView: {
    group: "settings",
    access: "read",
    summary: "Show what a page saved under this name",
    params: idParamsSchema("view"),
    reply: Type.Unknown(),
  },
  saveView: {
    group: "settings",
    access: "control",
    summary: "Save settings of a page",
    params: idParamsSchema("view"),
    body: recordSchema,
    bodyBytesMax: 65_536,
  },
};

export const SESSION_ROUTES: Routes<
  "showSession" | "showRates" | "setAlternativeLimits" | "shutDown" | "listHistory" | "showOpenApi"
> = {
  showSession: { group: "session", access: "read", summary: "Show the daemon as a whole", reply: sessionInfoSchema },
  showRates: {
    group: "session",
    access: "read",
    summary: "Show rates over time",
    query: ratesQuerySchema,
    reply: ratePointsSchema,
  },
  setAlternativeLimits: {
    group: "session",
    access: "control",
    summary: "Turn the alternative limits on or off, or leave them to the schedule",
    body: alternativeLimitsSchema,
    reply: sessionInfoSchema,
  },
  shutDown: { group: "session", access: "admin", summary: "Save and quit", status: 202 },
  listHistory: {
    group: "session",
    access: "read",
    summary: "List what happened",
    query: historyQuerySchema,
    reply: listOf(historyEventSchema),
  },
  showOpenApi: { group: "session", access: "read", summary: "This document", reply: recordSchema },
};

export const EVENT_ROUTES: Routes<"openEvents" | "setViewport"> = {
  openEvents: {
    group: "events",
    access: "read",
    summary: "Open a stream of events (SSE)",
    description:
      "Deltas of what the viewport shows, and of the topics asked for. The first event, `hello`, names the stream; " +
      "its viewport can be changed while it is open. Resumes after `Last-Event-ID`.",
    query: eventsQuerySchema,
    bytes: "text/event-stream",
  },
  setViewport: {
    group: "events",
    access: "read",
    summary: "Change what a stream shows",
    params: idParamsSchema("stream"),
    body: viewportSchema,
  },
};

export const JOB_ROUTES: Routes<"listJobs" | "createTorrentFile" | "showJob" | "cancelJob" | "readJobResult"> = {
  listJobs: { group: "jobs", access: "read", summary: "List jobs", reply: listOf(jobSchema) },
  createTorrentFile: {
    group: "jobs",
    access: "control",
    summary: "Make a torrent of what lies under a root",
    body: createTorrentJobSchema,
    reply: jobSchema,
    status: 202,
  },
  showJob: { group: "jobs", access: "read", summary: "Show a job", params: idParamsSchema("job"), reply: jobSchema },
  cancelJob: { group: "jobs", access: "control", summary: "Cancel or forget a job", params: idParamsSchema("job") },
  readJobResult: {
    group: "jobs",
    access: "read",
    summary: "Read the .torrent file that a job made",
    params: idParamsSchema("job"),
    bytes: "application/x-bittorrent",
  },
};

export const LOG_ROUTES: Routes<
  "readLog" | "showLogLevels" | "setLogLevels" | "listRoots" | "showSpace" | "listFolder"
> = {
  readLog: {
    group: "log",
    access: "admin",
    summary: "Read the latest of the log",
    query: logQuerySchema,
    reply: listOf(logEntrySchema),
  },
  showLogLevels: { group: "log", access: "admin", summary: "Show log levels by area", reply: logLevelsSchema },
  setLogLevels: {
    group: "log",
    access: "admin",
    summary: "Change log levels by area, until the daemon ends",
    body: logLevelsSchema,
    reply: logLevelsSchema,
  },
  listRoots: { group: "folders", access: "read", summary: "List the roots of downloads", reply: stringsSchema },
  showSpace: {
    group: "folders",
    access: "read",
    summary: "Show the free space of a folder",
    query: pathQuerySchema,
    reply: folderSpaceSchema,
  },
  listFolder: {
    group: "folders",
    access: "control",
    summary: "List what a folder under a root holds",
    query: folderQuerySchema,
    reply: stringsSchema,
  },
};
