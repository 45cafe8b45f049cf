import { describe, expect, it } from "vitest";
import { formatTiers, parseTiers } from "./tiers.ts";

describe("tiers as text", () => {
  it("are lines, with a blank line between tiers", () => {
    const text = "http://a/announce\nudp://b:6969\n\nhttp://c/announce";
    const tiers = [["http://a/announce", "udp://b:6969"], ["http://c/announce"]];
    expect(parseTiers(`\n${text}  \n\n\n`)).toEqual(tiers);
    expect(formatTiers(tiers.flatMap((urls, tier) => urls.map((url) => ({ tier, url }))))).toBe(text);
  });

  it("are none for nothing", () => {
    expect(parseTiers(" \n\n ")).toEqual([]);
  });
});
