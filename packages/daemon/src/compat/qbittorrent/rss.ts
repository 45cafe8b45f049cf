/**
 * `rss/…`: folders and feeds are kept as clients make them. Nothing fetches feeds yet, so a feed answers as one of the
 * original does that was never refreshed.
 */
import { randomUUID } from "node:crypto";
import type { KeyValueStore } from "../../service/service.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";

const FEEDS = "qbittorrent-rss-items";
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
  const root = makeFolder();
  for (const [path, feed] of [...readItems(service.store)].toSorted(([a], [b]) => a.localeCompare(b))) {
    const parts = path.split(SEPARATOR);
    const name = parts.pop() ?? path;
    let folder = root;
    for (const part of parts) folder = (folder[part] ??= makeFolder()) as Folder;
    folder[name] = feed === undefined ? makeFolder() : describeFeed(feed, withData);
  }
  return json(root);
};

type Folder = Record<string, unknown>;

/** Without a prototype: people may call a folder `__proto__`. */
function makeFolder(): Folder {
  return Object.create(null) as Folder;
}

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
  const path = params.required("path") || url;
  checkNewUrl(service.store, url);
  checkNewPath(service.store, path);
  await service.store.set(FEEDS, path, `{${randomUUID()}} ${url}`);
  return DONE;
};

export const setFeedUrl: Handler = async ({ params }, { service }) => {
  const [path, url] = [params.required("path"), params.required("url")];
  const feed = readItems(service.store).get(path);
  if (feed === undefined) throw new QbError(409, `Feed doesn't exist: ${path}.`);
  if (feed.url === url) return DONE;
  checkNewUrl(service.store, url);
  await service.store.set(FEEDS, path, `${feed.uid} ${url}`);
  return DONE;
};

/** A folder goes with all that is in it. */
export const removeItem: Handler = async ({ params }, { service }) => {
  const path = params.required("path");
  if (path === "") throw new QbError(409, "Cannot delete root folder.");
  const items = readItems(service.store);
  if (!items.has(path)) throw new QbError(409, `Item doesn't exist: ${path}.`);
  for (const item of items.keys()) {
    if (item === path || item.startsWith(path + SEPARATOR)) await service.store.set(FEEDS, item, undefined);
  }
  return DONE;
};

export const moveItem: Handler = async ({ params }, { service }) => {
  const [from, to] = [params.required("itemPath"), params.required("destPath")];
  if (from === "") throw new QbError(409, "Cannot move root folder.");
  const items = service.store.list(FEEDS);
  if (!items.has(from)) throw new QbError(409, `Item doesn't exist: ${from}.`);
  checkNewPath(service.store, to);
  if (to.startsWith(from + SEPARATOR)) throw new QbError(409, "Couldn't move folder into itself.");
  for (const [item, value] of items) {
    if (item !== from && !item.startsWith(from + SEPARATOR)) continue;
    await service.store.set(FEEDS, to + item.slice(from.length), value);
    await service.store.set(FEEDS, item, undefined);
  }
  return DONE;
};

/** Nothing was fetched yet: there is nothing to read, and nothing to refresh. */
export const markAsRead: Handler = ({ params }) => {
  params.required("itemPath");
  return DONE;
};

function checkNewUrl(store: KeyValueStore, url: string): void {
  if ([...readItems(store).values()].some((feed) => feed?.url === url)) {
    throw new QbError(409, `RSS feed with given URL already exists: ${url}.`);
  }
}

function checkNewPath(store: KeyValueStore, path: string): void {
  const items = store.list(FEEDS);
  if (path === "" || path.split(SEPARATOR).includes("")) throw new QbError(409, `Incorrect RSS Item path: ${path}.`);
  if (items.has(path)) throw new QbError(409, `RSS item with given path already exists: ${path}.`);
  const parent = path.slice(0, Math.max(0, path.lastIndexOf(SEPARATOR)));
  if (parent !== "" && items.get(parent) !== "") throw new QbError(409, `Parent folder doesn't exist: ${parent}.`);
}
