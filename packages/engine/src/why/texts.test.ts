import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { explainWhy, WHY_CODES } from "./texts.ts";
import type { WhyReason } from "./reasons.ts";

const PAGE_WORDS = new URL("../../../web/src/i18n/", import.meta.url);

describe("sentences for reasons", () => {
  it.each(["de", "fr"])("are all in the page's language %s", (language) => {
    const { reason } = JSON.parse(readFileSync(new URL(`daemon-${language}.json`, PAGE_WORDS), "utf8"));
    for (const direction of ["down", "up"] as const) {
      expect(Object.keys(reason[direction])).toEqual(WHY_CODES[direction]);
      for (const code of WHY_CODES[direction]) {
        const { remedy } = explainWhy(direction, code as WhyReason, undefined);
        expect([code, Boolean(reason[direction][code].remedy)]).toEqual([code, remedy !== ""]);
      }
    }
  });
});
