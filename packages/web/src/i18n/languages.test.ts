import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Words by their path: "list.empty". Plural forms count as one: languages have different ones. */
function read(language: string): ReadonlyMap<string, string> {
  const words = JSON.parse(readFileSync(new URL(`${language}.json`, import.meta.url), "utf8"));
  const found = new Map<string, string>();
  const walk = (node: Readonly<Record<string, unknown>>, path: string): void => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "string") found.set(`${path}${key.replace(/_(zero|one|two|few|many|other)$/, "")}`, value);
      else walk(Object(value), `${path}${key}.`);
    }
  };
  walk(words, "");
  return found;
}

const placeholdersOf = (text: string): string => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).toSorted().join();

describe("languages of the page", () => {
  const english = read("en");

  it.each(["de", "fr"])("%s has all words, with all that is put into them", (language) => {
    const words = read(language);
    expect([...words.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    for (const [key, text] of english) {
      expect([key, placeholdersOf(words.get(key) ?? "")]).toEqual([key, placeholdersOf(text)]);
    }
  });
});
