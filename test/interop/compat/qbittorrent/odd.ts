/** Requests that no client sends by mistake. */
import type { Step } from "../conversation.ts";
import { get, post, same, UNKNOWN } from "./asks.ts";

export function odd(): Step[] {
  return [
    get("an unknown endpoint", "torrents/dance"),
    get("an unknown area", "dance/info"),
    get("no endpoint", "torrents"),
    get("a write by GET", "torrents/delete", { hashes: "all" }),
    { name: "a read by PUT", ask: () => ({ path: "torrents/info", method: "PUT", body: "x" }) },
    { name: "a read by DELETE", ask: () => ({ path: "torrents/info", method: "DELETE" }) },
    { name: "HEAD", ask: () => ({ path: "app/version", method: "HEAD" }) },
    { name: "OPTIONS", ask: () => ({ path: "app/version", method: "OPTIONS" }) },
    post("a read by POST", "torrents/info", {}, { values: same }),
    { name: "a read by POST without body", ask: () => ({ path: "torrents/info", method: "POST" }), values: same },
    {
      name: "a form that is JSON",
      ask: () => ({
        path: "torrents/delete",
        body: '{"hashes":"all"}',
        headers: { "content-type": "application/json" },
      }),
    },
    {
      name: "a broken multipart form",
      ask: () => ({
        path: "torrents/add",
        body: "hello",
        headers: { "content-type": "multipart/form-data; boundary=x" },
      }),
    },
    {
      name: "a multipart form without boundary",
      ask: () => ({ path: "torrents/add", body: "hello", headers: { "content-type": "multipart/form-data" } }),
    },
    { name: "a broken escape", ask: () => ({ path: "torrents/properties?hash=%zz" }) },
    { name: "another origin", ask: () => ({ path: "app/version", headers: { origin: "http://evil.example" } }) },
    ...["properties", "trackers", "webseeds", "files", "pieceStates", "pieceHashes", "export"].flatMap((name) => [
      get(`${name} without hash`, `torrents/${name}`),
      get(`${name} of an unknown hash`, `torrents/${name}`, { hash: UNKNOWN }),
      get(`${name} of no hash`, `torrents/${name}`, { hash: "__proto__" }),
    ]),
    ...[
      "delete",
      "recheck",
      "reannounce",
      "topPrio",
      "setCategory",
      "addTags",
      "setDownloadLimit",
      "setShareLimits",
      "setLocation",
      "setForceStart",
      "setSuperSeeding",
      "setAutoManagement",
      "toggleSequentialDownload",
    ].map((name) => post(`${name} without hashes`, `torrents/${name}`)),
    ...["recheck", "reannounce", "topPrio", "toggleSequentialDownload"].map((name) =>
      post(`${name} of an unknown hash`, `torrents/${name}`, { hashes: UNKNOWN }),
    ),
  ];
}
