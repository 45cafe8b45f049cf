/**
 * `rss/…`: feeds and rules are kept as clients send them. Nothing fetches feeds yet, so a feed answers as one of the
 * original does that was never refreshed.
 */
import { randomUUID } from "node:crypto";
import type { KeyValueStore } from "../../service/service.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";

const FEEDS = "qbittorrent-rss-items";
const RULES = "qbittorrent-rss-rules";
/** Between the folders of a path. */
const SEPARATOR = "\\";

interface Feed {
  readonly uid: string;
  readonly url: string;
}

/** By path; a folder has no feed. */
function readItems(store: KeyValueStore): ReadonlyMap<string, Feed | undefined> {
  return new Map([...store.list(FEEDS)].map(([path, value]) => [path, value === "" ? undefined : readFeed(value)]));
}

function readFeed(value: string): Feed {
  const [uid = "", ...url] = value.split(" ");
  return { uid, url: url.join(" ") };
}

export const rssItems: Handler = ({ params }, { service }) => {
  const withData = params.bool("withData") === true;
  const root: Record<string, unknown> = {};
  for (const [path, feed] of [...readItems(service.store)].toSorted(([a], [b]) => a.localeCompare(b))) {
    const parts = path.split(SEPARATOR);
    const name = parts.pop() ?? path;
    let folder = root;
    for (const part of parts) folder = (folder[part] ??= {}) as Record<string, unknown>;
    folder[name] = feed === undefined ? {} : describeFeed(feed, withData);
  }
  return json(root);
};

function describeFeed({ uid, url }: Feed, withData: boolean): object {
  const data = { title: "", lastBuildDate: "", isLoading: false, hasError: false, articles: [] };
  return { uid, url, ...(withData ? data : {}) };
}

export const addFolder: Handler = async ({ params }, { service }) => {
  const path = params.required("path");
  checkNewPath(service.store, path);
  await service.store.set(FEEDS, path, "");
  return DONE;
};

export const addFeed: Handler = async ({ params }, { service }) => {
  const url = params.required("url");
  const path = params.text("path") === undefined || params.text("path") === "" ? url : params.required("path");
  checkNewPath(service.store, path);
  if ([...readItems(service.store).values()].some((feed) => feed?.url === url)) {
    throw new QbError(409, `RSS feed with given URL already exists: ${url}.`);
  }
  await service.store.set(FEEDS, path, `{${randomUUID()}} ${url}`);
  return DONE;
};

export const setFeedUrl: Handler = async ({ params }, { service }) => {
  const path = params.required("path");
  const feed = readItems(service.store).get(path);
  if (feed === undefined) throw new QbError(409, `Feed doesn't exist: ${path}.`);
  await service.store.set(FEEDS, path, `${feed.uid} ${params.required("url")}`);
  return DONE;
};

/** A folder goes with all that is in it. */
export const removeItem: Handler = async ({ params }, { service }) => {
  const path = params.required("path");
  const items = readItems(service.store);
  if (!items.has(path)) throw new QbError(409, `Item doesn't exist: ${path}.`);
  for (const item of items.keys()) {
    if (item === path || item.startsWith(path + SEPARATOR)) await service.store.set(FEEDS, item, undefined);
  }
  return DONE;
};

export const moveItem: Handler = async ({ params }, { service }) => {
  const [from, to] = [params.required("itemPath"), params.required("destPath")];
  const items = service.store.list(FEEDS);
  if (!items.has(from)) throw new QbError(409, `Item doesn't exist: ${from}.`);
  checkNewPath(service.store, to);
  for (const [item, value] of items) {
    if (item !== from && !item.startsWith(from + SEPARATOR)) continue;
    await service.store.set(FEEDS, to + item.slice(from.length), value);
    await service.store.set(FEEDS, item, undefined);
  }
  return DONE;
};

export const markAsRead: Handler = () => DONE;
export const refreshItem: Handler = () => DONE;

function checkNewPath(store: KeyValueStore, path: string): void {
  const items = store.list(FEEDS);
  if (path === "" || path.split(SEPARATOR).includes("")) throw new QbError(409, `Incorrect RSS Item path: ${path}.`);
  if (items.has(path)) throw new QbError(409, `RSS item with given path already exists: ${path}.`);
  const parent = path.slice(0, Math.max(0, path.lastIndexOf(SEPARATOR)));
  if (parent !== "" && items.get(parent) !== "") throw new QbError(409, `Parent folder doesn't exist: ${parent}.`);
}

export const rules: Handler = (_, { service }) =>
  json(Object.fromEntries([...service.store.list(RULES)].map(([name, rule]) => [name, JSON.parse(rule) as unknown])));

export const setRule: Handler = async ({ params }, { service }) => {
  const name = params.required("ruleName");
  const definition = parseObject(params.required("ruleDef"));
  await service.store.set(RULES, name, JSON.stringify({ ...RULE_DEFAULTS, ...definition }));
  return DONE;
};

const RULE_DEFAULTS = {
  enabled: true,
  priority: 0,
  useRegex: false,
  mustContain: "",
  mustNotContain: "",
  episodeFilter: "",
  affectedFeeds: [],
  lastMatch: "",
  ignoreDays: 0,
  smartFilter: false,
  previouslyMatchedEpisodes: [],
  addPaused: null,
  torrentContentLayout: null,
  savePath: "",
  assignedCategory: "",
};

function parseObject(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export const renameRule: Handler = async ({ params }, { service }) => {
  const [from, to] = [params.required("ruleName"), params.required("newRuleName")];
  const rule = service.store.get(RULES, from);
  if (rule === undefined || service.store.get(RULES, to) !== undefined) return DONE;
  await service.store.set(RULES, to, rule);
  await service.store.set(RULES, from, undefined);
  return DONE;
};

export const removeRule: Handler = async ({ params }, { service }) => {
  await service.store.set(RULES, params.required("ruleName"), undefined);
  return DONE;
};

/** No articles, no matches. */
export const matchingArticles: Handler = ({ params }) => {
  params.required("ruleName");
  return json({});
};
