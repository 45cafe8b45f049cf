/** `rss` and `search`, with nothing configured and little. */
import type { Step } from "../conversation.ts";
import { get, post, same } from "./asks.ts";

export function feeds(): Step[] {
  const feed = "http://127.0.0.1:1/feed.xml";
  return [
    get("rss items", "rss/items", {}, { values: same }),
    post("rss addFolder", "rss/addFolder", { path: "folder" }),
    post("rss addFolder again", "rss/addFolder", { path: "folder" }),
    post("rss addFolder without", "rss/addFolder"),
    post("rss addFolder, no parent", String.raw`rss/addFolder`, { path: String.raw`nope\x` }),
    post("rss addFeed", "rss/addFeed", { url: feed, path: String.raw`folder\feed` }),
    post("rss addFeed again", "rss/addFeed", { url: feed, path: String.raw`folder\other` }),
    get("rss items, some", "rss/items"),
    get("rss items with data", "rss/items", { withData: "true" }),
    post("rss moveItem", "rss/moveItem", { itemPath: String.raw`folder\feed`, destPath: "feed" }),
    post("rss moveItem, not there", "rss/moveItem", { itemPath: "nope", destPath: "x" }),
    post("rss refreshItem", "rss/refreshItem", { itemPath: "feed" }),
    post("rss markAsRead", "rss/markAsRead", { itemPath: "feed" }),
    post("rss removeItem", "rss/removeItem", { path: "folder" }),
    post("rss removeItem, not there", "rss/removeItem", { path: "nope" }),
    get("rss rules", "rss/rules", {}, { values: same }),
    post("rss setRule", "rss/setRule", { ruleName: "mine", ruleDef: '{"enabled":true,"mustContain":"x"}' }),
    post("rss setRule without", "rss/setRule", { ruleName: "mine" }),
    get("rss rules, some", "rss/rules"),
    get("rss matchingArticles", "rss/matchingArticles", { ruleName: "mine" }, { values: same }),
    post("rss renameRule", "rss/renameRule", { ruleName: "mine", newRuleName: "yours" }),
    post("rss removeRule", "rss/removeRule", { ruleName: "yours" }),
    get("search plugins", "search/plugins", {}, { values: same }),
    get("search status", "search/status", {}, { values: same }),
    get("search status 1", "search/status", { id: "1" }),
    get("search results 1", "search/results", { id: "1" }),
    post("search stop 1", "search/stop", { id: "1" }),
    post("search delete 1", "search/delete", { id: "1" }),
    post("search stop without", "search/stop"),
    post("search start without", "search/start"),
  ];
}
