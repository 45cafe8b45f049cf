/** Categories and tags. */
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import { get, pick, post, same } from "./asks.ts";

export function labels({ infoHash }: Fixture): Step[] {
  const info = (name: string, ...fields: string[]): Step =>
    get(`after ${name}`, "torrents/info", { hashes: infoHash }, { values: pick(...fields) });
  return [
    get("categories, none", "torrents/categories", {}, { values: same }),
    post("createCategory", "torrents/createCategory", ({ saveDir }) => ({
      category: "music",
      savePath: `${saveDir}/music`,
    })),
    post("createCategory again", "torrents/createCategory", { category: "music" }),
    post("createCategory without name", "torrents/createCategory", { category: "" }),
    post("createCategory without", "torrents/createCategory"),
    post("createCategory, a bad name", "torrents/createCategory", { category: "a//b" }),
    post("createCategory, a part", "torrents/createCategory", { category: "music/live" }),
    get("categories", "torrents/categories", {}, { values: (answer) => Object.keys(answer as object).toSorted() }),
    post("editCategory", "torrents/editCategory", ({ saveDir }) => ({
      category: "music",
      savePath: `${saveDir}/songs`,
    })),
    post("editCategory, unknown", "torrents/editCategory", { category: "nope", savePath: "/x" }),
    post("setCategory", "torrents/setCategory", { hashes: infoHash, category: "music" }),
    info("setCategory", "category"),
    post("setCategory, unknown", "torrents/setCategory", { hashes: infoHash, category: "nope" }),
    post("setCategory, none", "torrents/setCategory", { hashes: infoHash, category: "" }),
    info("setCategory, none", "category"),
    post("removeCategories", "torrents/removeCategories", { categories: "music/live\nnope" }),
    post("removeCategories without", "torrents/removeCategories"),
    get("tags", "torrents/tags", {}, { values: (answer) => (answer as string[]).toSorted() }),
    post("createTags", "torrents/createTags", { tags: "three, four" }),
    post("createTags without", "torrents/createTags"),
    post("addTags", "torrents/addTags", { hashes: infoHash, tags: "four,five" }),
    post("addTags without", "torrents/addTags", { hashes: infoHash }),
    post("removeTags", "torrents/removeTags", { hashes: infoHash, tags: "one" }),
    info("tags", "tags"),
    post("deleteTags", "torrents/deleteTags", { tags: "three,nope" }),
    get("tags in the end", "torrents/tags", {}, { values: (answer) => (answer as string[]).toSorted() }),
    post("removeTags, all", "torrents/removeTags", { hashes: infoHash }),
    info("removeTags, all", "tags"),
  ];
}
